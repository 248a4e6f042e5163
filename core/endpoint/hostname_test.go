// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/resolver"
)

// A fakeReactor has a clock and no network.
type fakeReactor struct {
	endpoint.Reactor
	*protocoltest.Clock
}

// Both parts have the methods of a loop: the clock's count.
func (r *fakeReactor) CallFromThread(f func()) { r.Clock.CallFromThread(f) }
func (r *fakeReactor) Done() <-chan struct{}   { return r.Clock.Done() }
func (r *fakeReactor) OnLoop() bool            { return r.Clock.OnLoop() }
func (r *fakeReactor) Now() time.Time          { return r.Clock.Now() }
func (r *fakeReactor) CallInThread(func())     { panic("nothing blocks here") }
func (r *fakeReactor) CallLater(d time.Duration, f func()) protocol.DelayedCall {
	return r.Clock.CallLater(d, f)
}

// A network notes the attempts and answers them when the test says so.
type network struct {
	clock     *protocoltest.Clock
	log       []string
	attempts  map[string]*deferred.Deferred[protocol.Protocol]
	immediate map[string]error // answers from inside the attempt
}

func (n *network) note(what, addr string) {
	n.log = append(n.log, fmt.Sprintf("%v %s %s", n.clock.Elapsed(), what, addr))
}

func (n *network) attempt(addr netip.AddrPort, f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	host := addr.Addr().String()
	n.note("try", host)
	if err, ok := n.immediate[host]; ok {
		return deferred.FailOn[protocol.Protocol](n.clock, err)
	}
	d := deferred.NewCancellable(n.clock, func(*deferred.Deferred[protocol.Protocol]) { n.note("cancel", host) })
	n.attempts[host] = d
	return d
}

func (n *network) refuse(host string) {
	n.attempts[host].Errback(&protocol.ConnectError{Class: protocol.ErrConnectionRefused, Addr: host})
}

func (n *network) accept(host string) { n.attempts[host].Callback(&named{host: host}) }

type named struct {
	protocol.Base
	host string
}

var hosts = resolver.Hosts{
	"two":                   {netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")},
	"mixed":                 {netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")},
	"xn--bcher-kva.example": {netip.MustParseAddr("192.0.2.9")},
}

type outcome struct {
	p   protocol.Protocol
	err error
}

// dialing starts to connect by a fake network.
func dialing(h *endpoint.Hostname) (*network, *[]outcome, *deferred.Deferred[protocol.Protocol]) {
	clock := protocoltest.NewClock()
	n := &network{clock: clock, attempts: map[string]*deferred.Deferred[protocol.Protocol]{}, immediate: map[string]error{}}
	h.Reactor, h.Attempt = &fakeReactor{Clock: clock}, n.attempt
	if h.Resolver == nil {
		h.Resolver = hosts
	}
	got := &[]outcome{}
	d := h.Connect(echoes)
	d.Done(func(p protocol.Protocol, err error) { *got = append(*got, outcome{p, err}) })
	return n, got, d
}

func checkLog(t *testing.T, n *network, want ...string) {
	t.Helper()
	if !slices.Equal(n.log, want) {
		t.Errorf("got %q, want %q", n.log, want)
	}
	if calls := n.clock.Calls(); len(calls) > 0 {
		t.Errorf("%d timers are left", len(calls))
	}
}

// The first address has no answer: 0.3 s later the second is tried, wins, and the first is given up.
func TestHappyEyeballs(t *testing.T) {
	n, got, _ := dialing(&endpoint.Hostname{Host: "two", Port: 80})
	n.clock.Advance(endpoint.AttemptDelay - 1)
	if len(n.log) != 1 {
		t.Fatalf("too early: %q", n.log)
	}
	n.clock.Advance(1)
	n.accept("192.0.2.2")
	checkLog(t, n, "0s try 192.0.2.1", "300ms try 192.0.2.2", "300ms cancel 192.0.2.1")
	if len(*got) != 1 || (*got)[0].err != nil || (*got)[0].p.(*named).host != "192.0.2.2" {
		t.Errorf("got %+v", *got)
	}
}

// The earlier attempt may still win.
func TestFirstAttemptWinsLate(t *testing.T) {
	n, got, _ := dialing(&endpoint.Hostname{Host: "two", Port: 80, AttemptDelay: time.Second})
	n.clock.Advance(time.Second)
	n.accept("192.0.2.1")
	checkLog(t, n, "0s try 192.0.2.1", "1s try 192.0.2.2", "1s cancel 192.0.2.2")
	if len(*got) != 1 || (*got)[0].p.(*named).host != "192.0.2.1" {
		t.Errorf("got %+v", *got)
	}
}

// The families take turns, repetitions are dropped, and a failure hurries the next attempt, whose own delay counts from its start.
func TestFamiliesTakeTurnsAndFailuresHurry(t *testing.T) {
	n, got, _ := dialing(&endpoint.Hostname{Host: "mixed", Port: 80})
	n.clock.Advance(100 * time.Millisecond)
	n.refuse("2001:db8::1")
	n.clock.Advance(200 * time.Millisecond) // 300 ms: not the time of the next attempt any more
	n.clock.Advance(100 * time.Millisecond)
	n.refuse("2001:db8::2")
	n.refuse("192.0.2.1")
	n.accept("192.0.2.2")
	checkLog(t, n, "0s try 2001:db8::1", "100ms try 192.0.2.1", "400ms try 2001:db8::2", "400ms try 192.0.2.2")
	if len(*got) != 1 || (*got)[0].err != nil {
		t.Errorf("got %+v", *got)
	}
}

// When all fail, each error is told, the last one last.
func TestAllAttemptsFail(t *testing.T) {
	n, got, _ := dialing(&endpoint.Hostname{Host: "two", Port: 80})
	n.clock.Advance(endpoint.AttemptDelay)
	n.refuse("192.0.2.2")
	if len(*got) != 0 {
		t.Fatal("one is still under way")
	}
	last := &protocol.ConnectError{Class: protocol.ErrTimeout, Addr: "192.0.2.1"}
	n.attempts["192.0.2.1"].Errback(last)
	checkLog(t, n, "0s try 192.0.2.1", "300ms try 192.0.2.2")
	var all *endpoint.AttemptsError
	if len(*got) != 1 || !errors.As((*got)[0].err, &all) {
		t.Fatalf("got %+v", *got)
	}
	if all.Last() != error(last) || len(all.Unwrap()) != 2 || !all.Timeout() || !errors.Is(all, protocol.ErrConnectionRefused) || !errors.Is(all, protocol.ErrTimeout) {
		t.Errorf("got %v", all)
	}
	if want := "connect two:80: 2 attempts failed, the last one: connect 192.0.2.1: connection attempt took too long"; all.Error() != want {
		t.Errorf("got %q", all.Error())
	}
}

// Attempts that fail from inside the call don't confuse the order.
func TestImmediateFailures(t *testing.T) {
	clock := protocoltest.NewClock()
	n := &network{clock: clock, attempts: map[string]*deferred.Deferred[protocol.Protocol]{}, immediate: map[string]error{
		"192.0.2.1": errors.New("one"), "192.0.2.2": errors.New("two"),
	}}
	h := &endpoint.Hostname{Host: "two", Port: 1, Reactor: &fakeReactor{Clock: clock}, Attempt: n.attempt, Resolver: hosts}
	var err error
	h.Connect(echoes).Done(func(_ protocol.Protocol, e error) { err = e })
	checkLog(t, n, "0s try 192.0.2.1", "0s try 192.0.2.2")
	var all *endpoint.AttemptsError
	if !errors.As(err, &all) || all.Last().Error() != "two" {
		t.Errorf("got %v", err)
	}
}

func TestCancelHostname(t *testing.T) {
	n, got, d := dialing(&endpoint.Hostname{Host: "two", Port: 80})
	n.clock.Advance(endpoint.AttemptDelay)
	d.Cancel()
	checkLog(t, n, "0s try 192.0.2.1", "300ms try 192.0.2.2", "300ms cancel 192.0.2.1", "300ms cancel 192.0.2.2")
	if len(*got) != 1 || !errors.Is((*got)[0].err, protocol.ErrConnectingCanceled) {
		t.Errorf("got %+v", *got)
	}
	n.clock.Advance(time.Minute)

	// During the lookup there is nothing to cancel but the lookup.
	asked := &slowResolver{}
	n, got, d = dialing(&endpoint.Hostname{Host: "slow", Port: 80, Resolver: asked})
	d.Cancel()
	checkLog(t, n)
	if !asked.cancelled || len(*got) != 1 || !errors.Is((*got)[0].err, protocol.ErrConnectingCanceled) {
		t.Errorf("cancelled %v, got %+v", asked.cancelled, *got)
	}
}

type slowResolver struct{ cancelled bool }

func (s *slowResolver) ResolveHostName(_ protocol.Loop, _ resolver.Query, r resolver.Receiver) resolver.Resolution {
	r.Began(s)
	return s
}
func (s *slowResolver) Name() string { return "slow" }
func (s *slowResolver) Cancel()      { s.cancelled = true }

func TestHostnameLookup(t *testing.T) {
	for _, tt := range []struct {
		host, bind string
		want       string // the first attempt; "" is a failed lookup
	}{
		{"two", "", "0s try 192.0.2.1"},
		{"bücher.example", "", "0s try 192.0.2.9"},
		{"BÜCHER.Example", "", "0s try 192.0.2.9"},
		{"mixed", "192.0.2.100", "0s try 192.0.2.1"},
		{"mixed", "[2001:db8::100]:7", "0s try 2001:db8::1"},
		{"::1", "", "0s try ::1"},
		{"nobody", "", ""},
		{"two", "2001:db8::100", ""},
	} {
		n, got, d := dialing(&endpoint.Hostname{Host: tt.host, Port: 80, BindAddress: tt.bind})
		if tt.want == "" {
			if len(*got) != 1 || !errors.Is((*got)[0].err, protocol.ErrDNSLookup) {
				t.Errorf("%s: got %+v", tt.host, *got)
			}
			continue
		}
		if len(n.log) == 0 || n.log[0] != tt.want {
			t.Errorf("%s from %s: got %q, want %q", tt.host, tt.bind, n.log, tt.want)
		}
		d.Cancel()
	}
}

// A resolver that reports what is no IP address has found none.
func TestResolverWithoutIPAddresses(t *testing.T) {
	odd := resolver.NameResolverFunc(func(_ protocol.Loop, q resolver.Query, r resolver.Receiver) resolver.Resolution {
		r.Began(nil)
		r.Resolved(protocol.HostnameAddr(q.Name, q.Port))
		r.Complete()
		return nil
	})
	n, got, _ := dialing(&endpoint.Hostname{Host: "odd", Port: 80, Resolver: odd})
	checkLog(t, n)
	if len(*got) != 1 || !errors.Is((*got)[0].err, protocol.ErrDNSLookup) {
		t.Errorf("got %+v", *got)
	}
}
