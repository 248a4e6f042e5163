// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
)

// A caller is a Client on a fake clock, with an endpoint that fires when the test says so, and memory below it.
type caller struct {
	*testing.T
	clock     *protocoltest.Clock
	net       *endpoint.MemoryNetwork
	c         *service.Client
	attempts  int
	cancelled int
	hold      bool // attempts hang
	made      func(t protocol.Transport)
	port      endpoint.Port
	peers     []*protocoltest.Accumulating // the server's ends
	own       []*protocoltest.Accumulating // the client's
	log       bytes.Buffer
}

func newCaller(t *testing.T, cfg service.ClientConfig) *caller {
	handled(t)
	r := &caller{T: t, clock: protocoltest.NewClock(), net: new(endpoint.MemoryNetwork)}
	cfg.Logger = textLog(&r.log, r.clock)
	if cfg.Backoff == nil {
		cfg.Backoff = service.BackoffPolicy{Jitter: none}.Delay
	}
	memory := &endpoint.MemoryClient{Loop: r.clock, Name: "s", Network: r.net}
	e := endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		r.attempts++
		if r.hold {
			return deferred.NewCancellable(r.clock, func(*deferred.Deferred[protocol.Protocol]) { r.cancelled++ })
		}
		return memory.Connect(f)
	})
	r.c = service.NewClient(r.clock, e, protocol.ForProtocol(func() protocol.Protocol {
		p := &protocoltest.Accumulating{OnMade: r.made}
		r.own = append(r.own, p)
		return p
	}), cfg)
	return r
}

func (r *caller) listen() {
	r.Helper()
	d := (&endpoint.MemoryServer{Loop: r.clock, Name: "s", Network: r.net}).Listen(protocol.ForProtocol(func() protocol.Protocol {
		p := &protocoltest.Accumulating{}
		r.peers = append(r.peers, p)
		return p
	}))
	res, ok := d.Peek()
	if !ok || res.Err != nil {
		r.Fatal("cannot listen: ", res.Err)
	}
	r.port = res.Value
}

func (r *caller) settle() {
	for range 10 {
		r.clock.Advance(0)
	}
}

func (r *caller) after(d time.Duration) {
	r.clock.Advance(d)
	r.settle()
}

func (r *caller) state(want service.ClientState) {
	r.Helper()
	if got := r.c.State(); got != want {
		r.Fatalf("state %v, want %v", got, want)
	}
}

// connection tells what is known about d.
func (r *caller) connection(what string, d *deferred.Deferred[protocol.Protocol], want string) {
	r.Helper()
	res, ok := d.Peek()
	d.Done(func(protocol.Protocol, error) {})
	got := "pending"
	if ok && res.Err != nil {
		got = res.Err.Error()
	} else if ok {
		got = "other"
		for i, p := range r.own {
			if res.Value == protocol.Protocol(p) {
				got = fmt.Sprintf("own %d", i)
			}
		}
	}
	if !strings.Contains(got, want) {
		r.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestClientLife(t *testing.T) {
	r := newCaller(t, service.ClientConfig{})
	r.state(service.ClientInit)
	early := r.c.WhenConnected(0)
	want(t, "Start", r.c.Start(), "ok")
	r.state(service.ClientWaiting)
	equal(t, "failures", r.c.Failures(), 1)
	r.after(1499 * time.Millisecond)
	equal(t, "attempts", r.attempts, 1)
	r.after(time.Millisecond)
	equal(t, "attempts", r.attempts, 2)
	r.listen()
	r.after(2250 * time.Millisecond)
	r.state(service.ClientConnected)
	r.connection("early WhenConnected", early, "own 0")
	r.connection("WhenConnected", r.c.WhenConnected(1), "own 0")
	equal(t, "failures", r.c.Failures(), 0)
	equal(t, "ready", r.c.Ready(), nil)

	r.own[0].Transport().Write([]byte("hello"))
	r.peers[0].Transport().Write([]byte("welcome"))
	r.settle()
	equal(t, "data", string(r.own[0].Data()), "welcome")
	equal(t, "data", string(r.peers[0].Data()), "hello")
	r.peers[0].Transport().LoseConnection()
	r.settle()
	r.state(service.ClientWaiting)
	if err := r.c.Ready(); !errors.Is(err, protocol.ErrConnectionDone) {
		t.Errorf("ready: %v", err)
	}
	next := r.c.WhenConnected(0)
	r.after(1500 * time.Millisecond)
	r.connection("WhenConnected", next, "own 1")

	stopped := r.c.Stop()
	r.state(service.ClientDisconnecting)
	r.settle()
	want(t, "Stop", stopped, "ok")
	r.state(service.ClientStopped)
	if r.peers[1].Reason() == nil {
		t.Error("the peer was not told")
	}
	r.connection("WhenConnected", r.c.WhenConnected(0), "service: stopped")
	equal(t, "timers", len(r.clock.Calls()), 0)
	equal(t, "log", lines(&r.log), strings.TrimSpace(`
at=0s level=WARN msg="service: client could not connect" failures=1 retry=1.5s error="connect memory:s: connection refused"
at=1.5s level=WARN msg="service: client could not connect" failures=2 retry=2.25s error="connect memory:s: connection refused"
at=3.75s level=INFO msg="service: client connected" peer=s
at=3.75s level=WARN msg="service: client lost its connection" failures=1 retry=1.5s error="connection closed cleanly by the peer"
at=5.25s level=INFO msg="service: client connected" peer=s`))
}

func TestClientFailAfterFailures(t *testing.T) {
	r := newCaller(t, service.ClientConfig{})
	r.c.Start()
	one, two, ever := r.c.WhenConnected(1), r.c.WhenConnected(2), r.c.WhenConnected(0)
	cancelled := r.c.WhenConnected(0)
	cancelled.Cancel()
	r.connection("cancelled", cancelled, "cancelled")
	r.after(1500 * time.Millisecond)
	if !one.Called() || two.Called() {
		t.Error("one, and not two, should have failed")
	}
	r.after(2250 * time.Millisecond)
	r.connection("one", one, "refused")
	r.connection("two", two, "refused")
	if ever.Called() {
		t.Error("waiting for ever ended")
	}
	want(t, "Stop", r.c.Stop(), "ok")
	r.connection("at Stop", ever, "service: stopped")
}

func TestClientStop(t *testing.T) {
	for _, tt := range []struct {
		name string
		to   func(r *caller)
		from service.ClientState
		then service.ClientState
	}{
		{"waiting", func(r *caller) {}, service.ClientWaiting, service.ClientStopped},
		{"connecting", func(r *caller) { r.hold = true; r.after(1500 * time.Millisecond) }, service.ClientConnecting, service.ClientStopped},
		{"connected", func(r *caller) { r.listen(); r.after(1500 * time.Millisecond) }, service.ClientConnected, service.ClientDisconnecting},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newCaller(t, service.ClientConfig{})
			r.c.Start()
			tt.to(r)
			r.state(tt.from)
			ended := r.c.Ended()
			d := r.c.Stop()
			r.state(tt.then)
			r.settle()
			want(t, "Stop", d, "ok")
			want(t, "Ended", ended, "ok")
			r.state(service.ClientStopped)
			equal(t, "cancelled", r.cancelled, map[bool]int{true: 1}[tt.from == service.ClientConnecting])
			equal(t, "timers", len(r.clock.Calls()), 0)
		})
	}
}

func TestClientRestart(t *testing.T) {
	r := newCaller(t, service.ClientConfig{})
	r.listen()
	r.c.Start()
	r.settle()
	r.state(service.ClientConnected)
	want(t, "second Start", r.c.Start(), "ok")
	if !strings.Contains(r.log.String(), `level=WARN msg="service: client started twice"`) {
		t.Error("no warning: ", r.log.String())
	}
	stopped, started := r.c.Stop(), r.c.Start()
	r.state(service.ClientRestarting)
	next := r.c.WhenConnected(0)
	r.settle()
	want(t, "Stop", stopped, "ok")
	want(t, "Start", started, "ok")
	r.connection("WhenConnected", next, "own 1")

	stopped, started = r.c.Stop(), r.c.Start()
	next = r.c.WhenConnected(0)
	again := r.c.Stop()
	r.state(service.ClientDisconnecting)
	want(t, "Start", started, "service: stopped")
	r.connection("WhenConnected", next, "service: stopped")
	r.connection("WhenConnected", r.c.WhenConnected(0), "service: stopped")
	r.settle()
	want(t, "Stop", stopped, "ok")
	want(t, "second Stop", again, "ok")
	r.state(service.ClientStopped)
	r.connection("WhenConnected", r.c.WhenConnected(0), "service: stopped")
}

func TestClientPrepare(t *testing.T) {
	var prepared *deferred.Deferred[struct{}]
	var got protocol.Protocol
	r := newCaller(t, service.ClientConfig{Prepare: func(p protocol.Protocol) *deferred.Deferred[struct{}] {
		got = p
		return prepared
	}})
	cancelled := 0
	pending := func() *deferred.Deferred[struct{}] {
		return deferred.NewCancellable(r.clock, func(*deferred.Deferred[struct{}]) { cancelled++ })
	}
	prepared = pending()
	r.listen()
	r.c.Start()
	r.settle()
	r.state(service.ClientConnecting)
	if got != protocol.Protocol(r.own[0]) {
		t.Errorf("prepared %T", got)
	}
	// Fails: the connection is closed, and it counts as a failure.
	d := r.c.WhenConnected(1)
	prepared.Errback(errBoom)
	r.settle()
	r.state(service.ClientWaiting)
	r.connection("WhenConnected", d, "boom")
	if r.peers[0].Reason() == nil {
		t.Error("the connection was not closed")
	}
	// The connection is lost meanwhile.
	prepared = pending()
	r.after(1500 * time.Millisecond)
	r.peers[1].Transport().LoseConnection()
	r.settle()
	equal(t, "cancelled", cancelled, 1)
	equal(t, "failures", r.c.Failures(), 2)
	// Stopped meanwhile.
	prepared = pending()
	r.after(2250 * time.Millisecond)
	stopped := r.c.Stop()
	r.settle()
	want(t, "Stop", stopped, "ok")
	equal(t, "cancelled", cancelled, 2)
	// Works.
	prepared = pending()
	r.c.Start()
	d = r.c.WhenConnected(0)
	r.settle()
	if d.Called() {
		t.Error("not prepared yet")
	}
	prepared.Callback(struct{}{})
	r.connection("WhenConnected", d, "own 3")
	// Fails at once.
	r.c.Stop()
	r.settle()
	prepared = deferred.Fail[struct{}](errBoom)
	r.c.Start()
	r.settle()
	r.state(service.ClientWaiting)
	r.c.Stop()
}

func TestClientGivesUp(t *testing.T) {
	r := newCaller(t, service.ClientConfig{MaxFailures: 3, Backoff: func(n int) time.Duration { return -1 }})
	r.c.Start()
	ended, waiting := r.c.Ended(), r.c.WhenConnected(0)
	r.settle()
	equal(t, "attempts", r.attempts, 3)
	want(t, "Ended", ended, "service: gave up connecting after 3 failures: connect memory:s: connection refused")
	r.connection("waiting", waiting, "gave up")
	r.connection("WhenConnected", r.c.WhenConnected(0), "gave up")
	r.state(service.ClientStopped)
	want(t, "Stop", r.c.Stop(), "ok")
	r.listen()
	r.c.Start()
	r.settle()
	r.state(service.ClientConnected)
	stopped := r.c.Stop()
	r.settle()
	want(t, "Stop", stopped, "ok")
}

// A connection whose peer does not read is aborted when its time is up.
func TestClientCloseTimeout(t *testing.T) {
	r := newCaller(t, service.ClientConfig{CloseTimeout: 3 * second})
	r.listen()
	r.c.Start()
	r.settle()
	r.peers[0].Transport().Pause()
	r.own[0].Transport().Write(make([]byte, 8<<20))
	stopped := r.c.Stop()
	r.after(2 * second)
	if stopped.Called() {
		t.Fatal("the data had somewhere to go")
	}
	r.after(second)
	want(t, "Stop", stopped, "ok")
	if !errors.Is(r.own[0].Reason(), protocol.ErrConnectionAborted) {
		t.Errorf("reason: %v", r.own[0].Reason())
	}
}

// Stop may come from within: from ConnectionMade, when the attempt has not ended yet, and from Prepare.
func TestClientStopFromWithin(t *testing.T) {
	for _, where := range []string{"ConnectionMade", "Prepare"} {
		var r *caller
		var stopped *deferred.Deferred[struct{}]
		prepared := 0
		r = newCaller(t, service.ClientConfig{Prepare: func(protocol.Protocol) *deferred.Deferred[struct{}] {
			prepared++
			stopped = r.c.Stop()
			return deferred.New[struct{}](r.clock)
		}})
		r.made = func(protocol.Transport) {
			if where == "ConnectionMade" {
				stopped = r.c.Stop()
			}
		}
		r.listen()
		r.c.Start()
		r.settle()
		want(t, where+": Stop", stopped, "ok")
		equal(t, where+": prepared", prepared, map[string]int{"Prepare": 1}[where])
		if len(r.peers) != 1 || r.peers[0].Reason() == nil {
			t.Errorf("%s: the connection was not closed", where)
		}
		r.state(service.ClientStopped)
	}
}

// An endpoint that panics, or hands out a protocol of its own, has failed.
func TestClientBadEndpoint(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	for want, e := range map[string]endpoint.ClientFunc{
		"panic: oops": func(protocol.Factory) *deferred.Deferred[protocol.Protocol] { panic("oops") },
		"service: the endpoint returned a protocol that it was not given": func(protocol.Factory) *deferred.Deferred[protocol.Protocol] {
			return deferred.Succeed[protocol.Protocol](&protocoltest.Accumulating{})
		},
		"the factory built no protocol": func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
			p, err := f.BuildProtocol(nil)
			if p != nil || err != nil {
				t.Error("built ", p, err)
			}
			return deferred.Fail[protocol.Protocol](protocol.ErrNoProtocol)
		},
	} {
		c := service.NewClient(clock, e, protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return nil, nil }), service.ClientConfig{Logger: quiet})
		c.Start()
		if err := c.Ready(); err == nil || err.Error() != "not connected: waiting: "+want {
			t.Errorf("got %v, want %s", err, want)
		}
		c.Stop()
	}
}
