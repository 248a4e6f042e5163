// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
)

func panics(int) time.Duration { panic("oops") }

// A Backoff that panics is the end of its service, with the panic, and nothing waits for ever.
func TestBackoffPanics(t *testing.T) {
	t.Run("Supervisor", func(t *testing.T) {
		w := newWard(t, service.SupervisorConfig{Backoff: panics})
		w.start(t)
		ended := w.s.Ended()
		w.b.die(errBoom)
		w.clock.Advance(0)
		want(t, "Ended", ended, "service: gave up after 1 restarts within 5s: child b: boom, and then service: Backoff: panic: oops")
		w.j.want(t, "stop b, stop d, stop c, stop a")
		if log := lines(&w.log); !strings.Contains(log, "stack=true") {
			t.Error("no stack in the log:\n", log)
		}
	})
	t.Run("Client", func(t *testing.T) {
		r := newCaller(t, service.ClientConfig{Backoff: panics})
		waiting := r.c.WhenConnected(0)
		r.c.Start()
		ended := r.c.Ended()
		r.settle()
		want(t, "Ended", ended, "service: Backoff: panic: oops")
		r.connection("waiting", waiting, "panic: oops")
		r.state(service.ClientStopped)
		if log := lines(&r.log); !strings.Contains(log, "stack=true") {
			t.Error("no stack in the log:\n", log)
		}
		want(t, "Stop", r.c.Stop(), "ok")
	})
	t.Run("Client that lost its connection", func(t *testing.T) {
		r := newCaller(t, service.ClientConfig{Backoff: panics})
		r.listen()
		r.c.Start()
		r.settle()
		ended := r.c.Ended()
		r.peers[0].Transport().LoseConnection()
		r.settle()
		want(t, "Ended", ended, "service: Backoff: panic: oops")
		want(t, "Stop", r.c.Stop(), "ok")
	})
}

func TestBackoffPolicyDoesNotWrap(t *testing.T) {
	p := service.BackoffPolicy{Factor: 1e9, Max: math.MaxInt64, Jitter: func() time.Duration { return time.Second }}
	if d := p.Delay(100); d != math.MaxInt64 {
		t.Errorf("got %v", d)
	}
}

// A child that comes while the others are started together is started with them.
func TestMultiAddWhileStartingTogether(t *testing.T) {
	f := newFamily(t, service.MultiConfig{StartTogether: true})
	f.a.slowBind, f.a.slowStart = true, true
	d := f.m.Start()
	f.m.Add("d", &boundPart{part: part{name: "d", j: &f.j, loop: f.clock}})
	f.j.want(t, "bind a, bind b, bind c, bind d")
	f.a.fire(f.a.binding, nil)
	e := &boundPart{part: part{name: "e", j: &f.j, loop: f.clock, slowStart: true}}
	f.m.Add("e", e)
	f.j.want(t, "start a, start b, start c, start d, bind e, start e")
	f.a.fire(f.a.starting, nil)
	if d.Called() {
		t.Error("started though one is not ready")
	}
	e.fire(e.starting, nil)
	want(t, "Start", d, "ok")

	f.m.Stop()
	f.a.slowBind = false
	d = f.m.Start()
	f.m.Add("g", &boundPart{part: part{name: "g", j: &f.j, loop: f.clock, startErr: errBoom}})
	want(t, "Start", d, "service g: boom")
}

// A Drain that nobody ends is over when the group is stopped, and is not taken for one that came later.
func TestStopEndsDrain(t *testing.T) {
	handled(t)
	var j journal
	clock := protocoltest.NewClock()
	s := service.NewSupervisor(clock, service.SupervisorConfig{Logger: quiet})
	p := &boundPart{part: part{name: "p", j: &j, loop: clock, slowStop: true}, slowDrain: true}
	s.Add("p", p, service.ChildConfig{Shutdown: second})
	s.Start()
	first, old := s.Drain(), p.draining
	stopped := s.Stop()
	clock.Advance(second) // abandoned
	want(t, "Stop", stopped, "ok")
	want(t, "Drain", first, "service p: service: stopped")
	s.Start()
	later := s.Drain()
	p.fire(old, nil)
	want(t, "second Drain", later, "pending")
	p.fire(p.draining, nil)
	if !later.Called() {
		t.Error("the second Drain does not end")
	}
}

// What a service ended with stands, though it is stopped once more before it is gone.
func TestEndedThenStopped(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.m.Start()
	f.a.slowStop = true
	f.a.die(errBoom)
	stopped := f.m.Stop()
	f.a.fire(f.a.ending, nil)
	want(t, "Stop", stopped, "ok")
	equal(t, "state", f.m.Status().Children[0].State, service.Failed)
}

// Who no longer waits for a Remove leaves the child its time, and no more.
func TestRemoveCancelled(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{})
	w.start(t)
	w.b.slowStop = true
	d := w.s.Remove("b")
	d.Cancel()
	want(t, "Remove", d, "service b: deferred: cancelled")
	w.clock.Advance(3 * second)
	if log := lines(&w.log); !strings.Contains(log, "abandoned") {
		t.Error("not abandoned:\n", log)
	}
}

// A slow child is reloaded once more after a Reload, however many were asked for meanwhile, and not while it reloads.
func TestReloadsDoNotOverlap(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	m := service.NewMulti(clock, service.MultiConfig{Logger: quiet})
	p := &reloading{part: part{name: "p", j: new(journal), loop: clock}}
	m.Add("p", p)
	m.Start()
	first, second, third := m.Reload(), m.Reload(), m.Reload()
	equal(t, "reloads", len(p.reloads), 1)
	p.fire(p.reloads[0], errBoom)
	want(t, "first", first, "service p: boom")
	equal(t, "reloads", len(p.reloads), 2)
	if second.Called() || third.Called() {
		t.Error("a Reload ended before what it asked for was done")
	}
	p.fire(p.reloads[1], nil)
	want(t, "second", second, "ok")
	want(t, "third", third, "ok")
	fourth := m.Reload()
	p.fire(p.reloads[2], nil)
	want(t, "fourth", fourth, "ok")
}

type reloading struct {
	part
	reloads []signal
}

func (p *reloading) Reload() signal {
	d := deferred.New[struct{}](p.loop)
	p.reloads = append(p.reloads, d)
	return d
}

// A Reporter that panics is not in order, and the rest of the tree is told about.
func TestStatusPanics(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.m.Add("bad", badReporter{&part{name: "bad", j: &f.j, loop: f.clock}})
	f.m.Start()
	want := "service bad: panic: oops"
	if err := f.m.Health(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

type badReporter struct{ *part }

func (badReporter) Status() service.Status { panic("oops") }

// A Func that is started again by who waited for it has a run of its own.
func TestFuncStartsAgain(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	fail := make(chan bool, 2)
	fail <- true
	fail <- false
	s := service.Func(clock, func(ctx context.Context, ready func()) error {
		if <-fail {
			return errBoom
		}
		ready()
		<-ctx.Done()
		return nil
	})
	again := deferred.New[struct{}](clock)
	s.Start().Done(func(struct{}, error) {
		s.Start().Done(func(_ struct{}, err error) {
			equal(t, "second Start", err, nil)
			again.Callback(struct{}{})
		})
	})
	until(t, clock, again)
	want(t, "Ended", s.Ended(), "pending")
	stopped := s.Stop()
	until(t, clock, stopped)
	want(t, "Stop", stopped, "ok")
}

// A Client that is started again by who waited for a connection has not given up.
func TestClientStartsAgain(t *testing.T) {
	r := newCaller(t, service.ClientConfig{MaxFailures: 2})
	r.c.WhenConnected(0).Done(func(protocol.Protocol, error) {
		r.c.Stop()
		r.listen()
		r.c.Start()
	})
	r.c.Start()
	r.after(2 * second)
	r.state(service.ClientConnected)
	want(t, "Ended", r.c.Ended(), "pending")
	r.c.Stop()
	r.settle()
}

// The loss of a connection is no failed attempt.
func TestClientLossIsNoFailedAttempt(t *testing.T) {
	r := newCaller(t, service.ClientConfig{MaxFailures: 2})
	r.listen()
	r.c.Start()
	r.settle()
	r.port.StopListening()
	r.peers[0].Transport().LoseConnection()
	r.settle()
	ended := r.c.Ended()
	r.after(1500 * time.Millisecond)
	equal(t, "attempts", r.attempts, 2)
	want(t, "Ended after one failed attempt", ended, "pending")
	r.after(2250 * time.Millisecond)
	equal(t, "attempts", r.attempts, 3)
	want(t, "Ended", r.c.Ended(), "service: gave up connecting after 2 failures: connect memory:s: connection refused")
}

// An endpoint that connects though it was cancelled gets no protocol, and one that failed with a connection leaves none behind.
func TestClientLateConnection(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	var factory protocol.Factory
	connecting := deferred.New[protocol.Protocol](clock)
	e := endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		factory = f
		return connecting
	})
	c := service.NewClient(clock, e, protocol.ForProtocol(func() protocol.Protocol { return &protocoltest.Accumulating{} }), service.ClientConfig{Logger: quiet})
	c.Start()
	want(t, "Stop", c.Stop(), "ok")
	if p, err := factory.BuildProtocol(nil); p != nil || err != nil {
		t.Errorf("built %v, %v for nobody", p, err)
	}

	connecting = deferred.New[protocol.Protocol](clock)
	c.Start()
	p, _ := factory.BuildProtocol(nil)
	s := protocoltest.NewStringTransport()
	s.Clock = clock
	s.Connect(p)
	connecting.Errback(errBoom)
	clock.Advance(0)
	if !s.Disconnected() {
		t.Error("the connection of a failed attempt goes on")
	}
	c.Stop()
}
