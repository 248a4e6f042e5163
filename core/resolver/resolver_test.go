// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package resolver_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/resolver"
)

// A recorder is a Receiver that notes its calls.
type recorder struct {
	events   []string
	res      resolver.Resolution
	cancelAt string
	done     bool
}

func (r *recorder) note(e string) {
	r.events = append(r.events, e)
	if e == r.cancelAt {
		r.res.Cancel()
		r.done = true
	}
}

func (r *recorder) Began(res resolver.Resolution) { r.res = res; r.note("began " + res.Name()) }
func (r *recorder) Resolved(a protocol.Addr)      { r.note(a.Network() + " " + a.String()) }
func (r *recorder) ResolutionFailed(error)        { r.note("failed") }
func (r *recorder) Complete()                     { r.note("complete"); r.done = true }

func ips(s ...string) (out []netip.Addr) {
	for _, s := range s {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func until(t *testing.T, clock *protocoltest.Clock, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := clock.Until(ctx, cond); err != nil {
		t.Fatal(err)
	}
}

var table = resolver.Hosts{
	"both": ips("192.0.2.1", "2001:db8::1", "192.0.2.2"),
	"six":  ips("2001:db8::2"),
}

// one is a Simple resolver that is nothing else.
type one struct {
	answer netip.Addr
	pend   *deferred.Deferred[netip.Addr]
	asked  []string
}

func (o *one) HostByName(loop protocol.Loop, name string, _ ...time.Duration) *deferred.Deferred[netip.Addr] {
	o.asked = append(o.asked, name)
	if o.pend != nil {
		return o.pend
	}
	if !o.answer.IsValid() {
		return deferred.FailOn[netip.Addr](loop, resolver.LookupError(name, nil))
	}
	return deferred.SucceedOn(loop, o.answer)
}

func TestNameResolvers(t *testing.T) {
	simple := &one{answer: netip.MustParseAddr("192.0.2.9")}
	// no server and no hosts file is reached by these
	dead := &resolver.System{Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no network")
	}}}
	for _, tt := range []struct {
		name string
		r    resolver.NameResolver
		q    resolver.Query
		want []string
	}{
		{"all", table, resolver.Query{Name: "both", Port: 80}, []string{"began both", "tcp 192.0.2.1:80", "tcp [2001:db8::1]:80", "tcp 192.0.2.2:80", "complete"}},
		{"IPv4", table, resolver.Query{Name: "both", Family: resolver.IPv4}, []string{"began both", "tcp 192.0.2.1:0", "tcp 192.0.2.2:0", "complete"}},
		{"IPv6", table, resolver.Query{Name: "BOTH.", Family: resolver.IPv6, Datagram: true}, []string{"began BOTH.", "udp [2001:db8::1]:0", "complete"}},
		{"unknown", table, resolver.Query{Name: "nobody"}, []string{"began nobody", "complete"}},
		{"literal", table, resolver.Query{Name: "127.0.0.1", Port: 1}, []string{"began 127.0.0.1", "tcp 127.0.0.1:1", "complete"}},
		{"literal with zone", table, resolver.Query{Name: "fe80::1%lo", Port: 1}, []string{"began fe80::1%lo", "tcp [fe80::1%lo]:1", "complete"}},
		{"literal of the other family", table, resolver.Query{Name: "::1", Family: resolver.IPv4}, []string{"began ::1", "complete"}},
		{"from simple", resolver.FromSimple(simple), resolver.Query{Name: "x", Port: 7}, []string{"began x", "tcp 192.0.2.9:7", "complete"}},
		{"from simple, IPv6", resolver.FromSimple(simple), resolver.Query{Name: "x", Family: resolver.IPv6}, []string{"began x", "complete"}},
		{"from simple, unknown", resolver.FromSimple(&one{}), resolver.Query{Name: "x"}, []string{"began x", "failed", "complete"}},
		{"from simple, literal", resolver.FromSimple(&one{}), resolver.Query{Name: "::1"}, []string{"began ::1", "tcp [::1]:0", "complete"}},
		{"system literal", &resolver.System{}, resolver.Query{Name: "::ffff:10.0.0.1"}, []string{"began ::ffff:10.0.0.1", "tcp 10.0.0.1:0", "complete"}},
		{"system without network", dead, resolver.Query{Name: "name.invalid"}, []string{"began name.invalid", "failed", "complete"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := protocoltest.NewClock()
			rec := &recorder{}
			tt.r.ResolveHostName(clock, tt.q, rec)
			until(t, clock, func() bool { return rec.done })
			if !slices.Equal(rec.events, tt.want) {
				t.Errorf("got %q, want %q", rec.events, tt.want)
			}
		})
	}
}

// Cancelling inside any callback is the last that the receiver hears.
func TestCancelEndsTheCalls(t *testing.T) {
	for _, at := range []string{"began both", "tcp 192.0.2.1:0", "tcp 192.0.2.2:0"} {
		rec := &recorder{cancelAt: at}
		table.ResolveHostName(nil, resolver.Query{Name: "both"}, rec)
		if last := rec.events[len(rec.events)-1]; last != at {
			t.Errorf("cancelled at %q, but %q followed", at, last)
		}
	}
}

func TestSystemCancelEndsTheLookup(t *testing.T) {
	ended := make(chan error, 8)
	asked := make(chan struct{}, 8)
	s := &resolver.System{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		asked <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	}}}
	clock := protocoltest.NewClock()
	rec := &recorder{}
	res := s.ResolveHostName(clock, resolver.Query{Name: "name.invalid"}, rec)
	<-asked
	res.Cancel()
	res.Cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the lookup ended with %v", err)
	}
	until(t, clock, func() bool { return clock.Posted() == 0 })
	if !slices.Equal(rec.events, []string{"began name.invalid"}) {
		t.Errorf("got %q", rec.events)
	}
}

// threads is a loop with a thread pool.
type threads struct {
	*protocoltest.Clock
	ran int
}

func (l *threads) CallInThread(f func()) { l.ran++; go f() }

func TestSystemUsesTheThreadPool(t *testing.T) {
	loop := &threads{Clock: protocoltest.NewClock()}
	s := &resolver.System{Timeout: time.Nanosecond}
	d := s.HostByName(loop, "name.invalid", time.Nanosecond)
	var got error
	done := false
	d.Done(func(_ netip.Addr, err error) { got, done = err, true })
	until(t, loop.Clock, func() bool { return done })
	if loop.ran != 1 || !errors.Is(got, protocol.ErrDNSLookup) || !errors.Is(got, protocol.ErrUnknownHost) || !strings.Contains(got.Error(), "name.invalid") {
		t.Errorf("%d threads, error %v", loop.ran, got)
	}
}

func result[T any](t *testing.T, d *deferred.Deferred[T]) (T, error) {
	t.Helper()
	var v T
	var err error
	fired := false
	d.Done(func(x T, e error) { v, err, fired = x, e, true })
	if !fired {
		t.Fatal("has not fired")
	}
	return v, err
}

func TestSimple(t *testing.T) {
	stream := resolver.NameResolverFunc(func(loop protocol.Loop, q resolver.Query, r resolver.Receiver) resolver.Resolution {
		return table.ResolveHostName(loop, q, r)
	})
	for _, tt := range []struct {
		name string
		s    resolver.Simple
		host string
		want string // "" is a lookup error
	}{
		{"table", table, "both", "192.0.2.1"},
		{"table without IPv4", table, "six", ""},
		{"table, unknown", table, "nobody", ""},
		{"adapter", resolver.ToSimple(stream), "both", "192.0.2.1"},
		{"adapter without IPv4", resolver.ToSimple(stream), "six", ""},
		{"adapter, literal", resolver.ToSimple(stream), "192.0.2.7", "192.0.2.7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := result(t, tt.s.HostByName(protocoltest.NewClock(), tt.host))
			if tt.want == "" {
				if !errors.Is(err, protocol.ErrDNSLookup) {
					t.Errorf("got %v, %v", got, err)
				}
			} else if err != nil || got.String() != tt.want {
				t.Errorf("got %v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// pending never answers; it notes that it was cancelled.
type pending struct {
	cancelled bool
	name      string
}

func (p *pending) ResolveHostName(_ protocol.Loop, q resolver.Query, r resolver.Receiver) resolver.Resolution {
	p.name = q.Name
	r.Began(p)
	return p
}
func (p *pending) Name() string { return p.name }
func (p *pending) Cancel()      { p.cancelled = true }

func TestToSimpleTimesOut(t *testing.T) {
	for _, tt := range []struct {
		timeouts []time.Duration
		total    time.Duration
	}{
		{nil, 60 * time.Second},
		{[]time.Duration{time.Second, 2 * time.Second}, 3 * time.Second},
	} {
		clock := protocoltest.NewClock()
		p := &pending{}
		d := resolver.ToSimple(p).HostByName(clock, "slow", tt.timeouts...)
		clock.Advance(tt.total - 1)
		if p.cancelled || d.Called() {
			t.Fatal("too early")
		}
		clock.Advance(1)
		if _, err := result(t, d); !p.cancelled || !errors.Is(err, protocol.ErrDNSLookup) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled %v, error %v", p.cancelled, err)
		}
	}
}

func TestCancelOfDeferreds(t *testing.T) {
	clock := protocoltest.NewClock()
	p := &pending{}
	d := resolver.ToSimple(p).HostByName(clock, "slow")
	d.Cancel()
	if _, err := result(t, d); !p.cancelled || !errors.Is(err, context.Canceled) {
		t.Errorf("simple: cancelled %v, error %v", p.cancelled, err)
	}
	p = &pending{}
	all := resolver.Addrs(clock, p, resolver.Query{Name: "slow"})
	all.Cancel()
	if _, err := result(t, all); !p.cancelled || !errors.Is(err, context.Canceled) {
		t.Errorf("all: cancelled %v, error %v", p.cancelled, err)
	}
	o := &one{pend: deferred.New[netip.Addr](clock)}
	resolver.FromSimple(o).ResolveHostName(clock, resolver.Query{Name: "slow"}, &recorder{}).Cancel()
	if !o.pend.Called() {
		t.Error("the lookup behind the adapter goes on")
	}
}

func TestAddrs(t *testing.T) {
	got, err := result(t, resolver.Addrs(nil, table, resolver.Query{Name: "both", Port: 5}))
	if err != nil || fmt.Sprint(got) != "[192.0.2.1:5 [2001:db8::1]:5 192.0.2.2:5]" {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = result(t, resolver.Addrs(nil, table, resolver.Query{Name: "nobody"}))
	var ce *protocol.ConnectError
	if !errors.As(err, &ce) || ce.Class != protocol.ErrDNSLookup || ce.Addr != "nobody" {
		t.Errorf("got %v", err)
	}
}

func TestInstalled(t *testing.T) {
	var in resolver.Installed
	if _, ok := in.Name().(*resolver.System); !ok {
		t.Errorf("default is %T", in.Name())
	}
	if _, ok := in.Simple().(*resolver.System); !ok {
		t.Errorf("default is %T", in.Simple())
	}
	p := &pending{}
	if prev, ok := in.InstallName(p).(*resolver.System); !ok {
		t.Errorf("previous is %T", prev)
	}
	if in.Name() != resolver.NameResolver(p) {
		t.Error("not installed")
	}
	in.Simple().HostByName(protocoltest.NewClock(), "asked")
	if p.name != "asked" {
		t.Error("the simple resolver is not the adapter")
	}
	o := &one{answer: netip.MustParseAddr("192.0.2.9")}
	in.InstallSimple(o)
	if prev := in.InstallSimple(nil); prev != resolver.Simple(o) {
		t.Errorf("previous is %T", prev)
	}
	in.InstallSimple(o)
	rec := &recorder{}
	in.Name().ResolveHostName(nil, resolver.Query{Name: "q"}, rec)
	if want := []string{"began q", "tcp 192.0.2.9:0", "complete"}; !slices.Equal(rec.events, want) {
		t.Errorf("got %q", rec.events)
	}
	in.InstallName(table) // both kinds: no adapter
	if _, ok := in.Simple().(resolver.Hosts); !ok {
		t.Errorf("simple is %T", in.Simple())
	}
}

func TestResolve(t *testing.T) {
	var in resolver.Installed
	in.InstallName(table)
	for name, want := range map[string]string{"": "0.0.0.0", "10.1.2.3": "10.1.2.3", "::1": "::1", "both": "192.0.2.1"} {
		if got, err := result(t, in.Resolve(protocoltest.NewClock(), name)); err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v; want %s", name, got, err, want)
		}
	}
	if _, err := result(t, in.Resolve(protocoltest.NewClock(), "nobody")); !errors.Is(err, protocol.ErrDNSLookup) {
		t.Errorf("got %v", err)
	}
}

func TestParseHosts(t *testing.T) {
	h, err := resolver.ParseHosts(strings.NewReader("# comment\n127.0.0.1 localhost Loop.Example. # x\n\n::1\tlocalhost\n"))
	if err != nil || fmt.Sprint(h) != "map[localhost:[127.0.0.1 ::1] loop.example:[127.0.0.1]]" {
		t.Errorf("got %v, %v", h, err)
	}
	if _, err := resolver.ParseHosts(strings.NewReader("1.2.3.4 a\nlocalhost 127.0.0.1\n")); err == nil || err.Error() != `resolver: hosts line 2: not an address: "localhost"` {
		t.Errorf("got %v", err)
	}
	if _, err := resolver.ParseHosts(strings.NewReader(strings.Repeat("x", 70000))); err == nil {
		t.Error("a line without end is taken")
	}
}

func FuzzParseHosts(f *testing.F) {
	f.Add("127.0.0.1 localhost\n::1 a b # c\n")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := resolver.ParseHosts(strings.NewReader(s))
		if err != nil {
			return
		}
		for name, list := range h {
			if name != strings.ToLower(name) || len(list) == 0 {
				t.Fatalf("%q: %v", name, list)
			}
		}
	})
}

func ExampleInstalled() {
	var resolvers resolver.Installed
	resolvers.InstallName(resolver.Hosts{"www.example.org": {netip.MustParseAddr("192.0.2.80")}})
	resolvers.Resolve(protocoltest.NewClock(), "www.example.org").Done(func(a netip.Addr, err error) {
		fmt.Println(a, err)
	})
	// Output: 192.0.2.80 <nil>
}
