// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
)

// A ward is a Supervisor of four parts.
type ward struct {
	clock      *protocoltest.Clock
	s          *service.Supervisor
	j          journal
	a, b, c, d *part
	log        bytes.Buffer
}

func newWard(t *testing.T, cfg service.SupervisorConfig, policies ...service.RestartPolicy) *ward {
	handled(t)
	w := &ward{clock: protocoltest.NewClock()}
	cfg.Logger = textLog(&w.log, w.clock)
	w.s = service.NewSupervisor(w.clock, cfg)
	for i, p := range []**part{&w.a, &w.b, &w.c, &w.d} {
		name := string(rune('a' + i))
		*p = &part{name: name, j: &w.j, loop: w.clock}
		child := service.ChildConfig{Shutdown: 3 * second}
		if i < len(policies) {
			child.Restart = policies[i]
		}
		if err := w.s.Add(name, *p, child); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *ward) start(t *testing.T) {
	t.Helper()
	want(t, "Start", w.s.Start(), "ok")
	w.j.want(t, "start a, start b, start c, start d")
}

func TestSupervisorStrategies(t *testing.T) {
	for _, tt := range []struct {
		strategy service.Strategy
		want     string
	}{
		{service.OneForOne, "stop b, start b"},
		{service.RestForOne, "stop d, stop c, stop b, start b, start c, start d"},
		{service.OneForAll, "stop d, stop c, stop b, stop a, start a, start b, start c, start d"},
	} {
		w := newWard(t, service.SupervisorConfig{Strategy: tt.strategy})
		w.start(t)
		w.b.die(errBoom)
		w.clock.Advance(0)
		w.j.want(t, tt.want)
		equal(t, "ready", w.s.Ready(), nil)
		want(t, "Stop", w.s.Stop(), "ok")
		w.j.want(t, "stop d, stop c, stop b, stop a")
		equal(t, "timers", len(w.clock.Calls()), 0)
	}
}

func TestSupervisorPolicies(t *testing.T) {
	for _, tt := range []struct {
		policy service.RestartPolicy
		err    error
		want   string
		health string
	}{
		{service.Permanent, nil, "stop a, start a", "<nil>"},
		{service.Permanent, errBoom, "stop a, start a", "<nil>"},
		{service.Transient, nil, "stop a", "<nil>"},
		{service.Transient, errBoom, "stop a, start a", "<nil>"},
		{service.Temporary, nil, "stop a", "<nil>"},
		{service.Temporary, errBoom, "stop a", "service a: failed: boom"},
	} {
		w := newWard(t, service.SupervisorConfig{}, tt.policy)
		w.start(t)
		w.a.die(tt.err)
		w.clock.Advance(0)
		w.j.want(t, tt.want)
		equal(t, "health", fmt.Sprint(w.s.Health()), tt.health)
		w.s.Stop()
	}
}

// A temporary child is stopped with others, but not started again with them.
func TestSupervisorTemporaryTogether(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{Strategy: service.OneForAll}, service.Permanent, service.Permanent, service.Temporary)
	w.start(t)
	w.a.die(errBoom)
	w.clock.Advance(0)
	w.j.want(t, "stop d, stop c, stop b, stop a, start a, start b, start d")
	w.s.Stop()
}

func TestSupervisorGivesUp(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{Intensity: 2, Period: 10 * second})
	w.start(t)
	ended := w.s.Ended()
	for range 2 {
		w.b.die(errBoom)
		w.clock.Advance(5 * second)
	}
	w.b.die(errBoom) // the first restart was 10 s ago
	w.clock.Advance(second)
	w.j.want(t, "stop b, start b, stop b, start b, stop b, start b")
	if ended.Called() {
		t.Error("gave up too early")
	}
	w.c.slowStop = true
	w.a.die(errBoom)
	w.j.want(t, "stop a, stop d, stop c")
	w.c.fire(w.c.ending, nil)
	w.j.want(t, "stop b")
	r, _ := ended.Peek()
	if e, ok := errors.AsType[*service.GaveUpError](r.Err); !ok || e.Child != "a" || e.Restarts != 2 || e.Period != 10*second || !errors.Is(e, errBoom) {
		t.Errorf("got %+v", r.Err)
	}
	want(t, "Ended", ended, "service: gave up after 2 restarts within 10s: child a: boom")
	equal(t, "state", w.s.Status().State, service.Failed)
	w.start(t)
	w.b.die(errBoom)
	w.clock.Advance(0)
	w.j.want(t, "stop b, start b")
	w.s.Stop()

	w = newWard(t, service.SupervisorConfig{Intensity: -1})
	w.start(t)
	ended = w.s.Ended()
	w.b.die(nil)
	want(t, "Ended", ended, "service: gave up after 0 restarts within 5s: child b: ended without an error")
}

func TestSupervisorBackoff(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{Intensity: 100, Period: 10 * second, Backoff: func(n int) time.Duration { return time.Duration(n) * second }})
	w.start(t)
	for n := range 3 {
		w.a.die(errBoom)
		w.j.want(t, "stop a")
		equal(t, "ready", fmt.Sprint(w.s.Ready()), "service a: waiting: boom")
		w.clock.Advance(time.Duration(n)*second + second - 1)
		w.j.want(t, "")
		w.clock.Advance(1)
		w.j.want(t, "start a")
	}
	w.clock.Advance(10 * second) // long enough to begin anew
	w.a.die(errBoom)
	w.j.take()
	w.clock.Advance(second)
	w.j.want(t, "start a")
	equal(t, "restarts", w.s.Status().Children[0].Restarts, 4)
	w.a.die(errBoom)
	want(t, "StartChild", w.s.StartChild("a"), "ok")
	w.j.want(t, "stop a, start a")
	w.clock.Advance(10 * second)
	w.j.want(t, "")
	w.a.die(errBoom)
	want(t, "Stop while it waits", w.s.Stop(), "ok")
	w.j.want(t, "stop a, stop d, stop c, stop b")
	equal(t, "timers", len(w.clock.Calls()), 0)
}

// One that does not start when it is restarted is restarted again, which counts.
func TestSupervisorRestartFails(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{Intensity: 2})
	w.start(t)
	ended := w.s.Ended()
	w.b.startErr = errors.New("bang")
	w.b.die(errBoom)
	for range 3 {
		w.clock.Advance(0)
	}
	w.j.want(t, "stop b, start b, start b, stop d, stop c, stop a")
	want(t, "Ended", ended, "service: gave up after 2 restarts within 5s: child b: bang")
}

func TestSupervisorStartFails(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{})
	w.c.startErr = errBoom
	want(t, "Start", w.s.Start(), "service c: boom")
	w.j.want(t, "start a, start b, start c, stop b, stop a")
}

// A child that dies while the others are still being started is restarted when they are.
func TestSupervisorDeathDuringStart(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{Strategy: service.OneForAll})
	w.d.slowStart = true
	d := w.s.Start()
	w.j.take()
	w.a.die(errBoom)
	w.j.want(t, "")
	w.d.fire(w.d.starting, nil)
	want(t, "Start", d, "ok")
	w.d.slowStart = false
	w.clock.Advance(0)
	w.j.want(t, "stop d, stop c, stop b, stop a, start a, start b, start c, start d")
	w.s.Stop()
}

// One that dies while others are restarted makes theirs a larger restart.
func TestSupervisorDeathDuringRestart(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{Strategy: service.RestForOne, Intensity: 9})
	w.start(t)
	w.d.slowStart = true
	w.c.die(errBoom)
	w.clock.Advance(0)
	w.j.want(t, "stop d, stop c, start c, start d")
	w.b.die(errBoom)
	w.j.want(t, "stop d, stop c, stop b")
	w.d.slowStart = false
	w.clock.Advance(0)
	w.j.want(t, "start b, start c, start d")
	// While they wait.
	w.c.die(errBoom)
	w.a.die(errBoom)
	w.j.want(t, "stop d, stop c, stop b, stop a")
	w.clock.Advance(0)
	w.j.want(t, "start a, start b, start c, start d")
	// While they are stopped.
	w.d.slowStop = true
	w.c.die(errBoom)
	w.a.die(errBoom)
	w.j.want(t, "stop d")
	w.d.fire(w.d.ending, nil)
	w.j.want(t, "stop c, stop b, stop a")
	w.clock.Advance(0)
	w.j.want(t, "start a, start b, start c, start d")
	equal(t, "ready", w.s.Ready(), nil)
	w.d.slowStop = false
	w.s.Stop()
}

// A child that does not stop is abandoned.
func TestSupervisorShutdownTimeout(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{})
	w.start(t)
	w.b.slowStop = true
	d := w.s.Stop()
	w.j.want(t, "stop d, stop c, stop b")
	w.clock.Advance(3*second - 1)
	w.j.want(t, "")
	w.log.Reset()
	w.clock.Advance(1)
	w.j.want(t, "stop a")
	want(t, "Stop", d, "ok")
	if !strings.Contains(w.log.String(), `level=ERROR msg="service: does not stop: abandoned" service=b after=3s`) {
		t.Error(w.log.String())
	}
	w.b.fire(w.b.ending, errBoom) // too late
	w.start(t)
	w.b.slowStop = false
	w.s.Stop()
}

func TestSupervisorDrain(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{})
	x := &boundPart{part: part{name: "x", j: &w.j, loop: w.clock}}
	w.s.Add("x", x, service.ChildConfig{})
	w.s.Start()
	w.a.die(errBoom)
	w.j.take()
	want(t, "Reload", w.s.Reload(), "ok")
	want(t, "Drain", w.s.Drain(), "ok")
	x.die(nil)
	w.b.die(errBoom)
	w.clock.Advance(0)
	w.j.want(t, "reload x, drain x, stop x, stop b")
	w.s.Stop()
	w.j.want(t, "stop d, stop c")
}

func TestSupervisorRemove(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{Intensity: 9})
	w.start(t)
	w.a.die(errBoom)
	want(t, "Remove", w.s.Remove("a"), "ok")
	w.clock.Advance(0)
	w.j.want(t, "stop a")
	w.c.die(errBoom)
	w.s.Remove("c")
	w.s.Stop()
	equal(t, "timers", len(w.clock.Calls()), 0)
	w.s.Start()
	if _, ok := w.s.Named("b"); !ok {
		t.Error("b is gone too")
	}
	n := 0
	for range w.s.All() {
		n++
	}
	equal(t, "children", n, 2)
	if err := w.s.Add("b", w.a, service.ChildConfig{}); !errors.Is(err, service.ErrDuplicateName) {
		t.Errorf("got %v", err)
	}
	w.s.Stop()
}

// A Supervisor that gives up is a child that died.
func TestSupervisorNested(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{})
	outer := service.NewSupervisor(w.clock, service.SupervisorConfig{Logger: quiet})
	outer.Add("inner", w.s, service.ChildConfig{Shutdown: -1})
	want(t, "Start", outer.Start(), "ok")
	ended := outer.Ended()
	for range 2 {
		w.a.die(errBoom)
		w.clock.Advance(0)
	}
	w.j.want(t, "start a, start b, start c, start d, stop a, start a, stop a, stop d, stop c, stop b, start a, start b, start c, start d")
	for range 2 {
		w.a.die(errBoom)
		w.clock.Advance(0)
	}
	want(t, "Ended", ended, "service: gave up after 1 restarts within 5s: child inner: service: gave up after 1 restarts within 5s: child a: boom")
}

// A service that panics every second is restarted as configured, until that was too often; the log says why.
func TestSupervisorPanics(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	var log bytes.Buffer
	app := service.NewMulti(clock, service.MultiConfig{Logger: textLog(&log, clock)})
	workers := service.NewSupervisor(clock, service.SupervisorConfig{
		Strategy: service.RestForOne, Intensity: 3, Period: 30 * second, Backoff: service.BackoffPolicy{Jitter: none}.Delay,
	})
	app.Add("workers", workers)
	workers.Add("queue", service.NewTimer(clock, second, func() error { return nil }), service.ChildConfig{})
	first := true
	workers.Add("worker", service.NewTimer(clock, second, func() error {
		if first = !first; first {
			panic("out of cheese")
		}
		return nil
	}), service.ChildConfig{})
	workers.Add("reporter", service.NewTimer(clock, second, func() error { return nil }), service.ChildConfig{})
	want(t, "Start", app.Start(), "ok")
	ended := app.Ended()
	for range 120 {
		clock.Advance(second / 8)
	}
	equal(t, "log", lines(&log), strings.TrimSpace(`
at=0s level=INFO msg="service: running" service=workers/queue
at=0s level=INFO msg="service: running" service=workers/worker
at=0s level=INFO msg="service: running" service=workers/reporter
at=0s level=INFO msg="service: running" service=workers
at=1s level=INFO msg="service: stopped" service=workers/reporter
at=1s level=ERROR msg="service: failed" service=workers/worker error="panic: out of cheese" stack=true
at=1s level=WARN msg="service: restarting" service=workers/worker restarts=1 delay=1.5s
at=1s level=WARN msg="service: restarting" service=workers/reporter restarts=1 delay=1.5s because=workers/worker
at=2.5s level=INFO msg="service: running" service=workers/worker
at=2.5s level=INFO msg="service: running" service=workers/reporter
at=3.5s level=INFO msg="service: stopped" service=workers/reporter
at=3.5s level=ERROR msg="service: failed" service=workers/worker error="panic: out of cheese" stack=true
at=3.5s level=WARN msg="service: restarting" service=workers/worker restarts=2 delay=2.25s
at=3.5s level=WARN msg="service: restarting" service=workers/reporter restarts=2 delay=2.25s because=workers/worker
at=5.75s level=INFO msg="service: running" service=workers/worker
at=5.75s level=INFO msg="service: running" service=workers/reporter
at=6.75s level=INFO msg="service: stopped" service=workers/reporter
at=6.75s level=ERROR msg="service: failed" service=workers/worker error="panic: out of cheese" stack=true
at=6.75s level=WARN msg="service: restarting" service=workers/worker restarts=3 delay=3.375s
at=6.75s level=WARN msg="service: restarting" service=workers/reporter restarts=3 delay=3.375s because=workers/worker
at=10.125s level=INFO msg="service: running" service=workers/worker
at=10.125s level=INFO msg="service: running" service=workers/reporter
at=11.125s level=ERROR msg="service: failed" service=workers/worker error="panic: out of cheese" stack=true
at=11.125s level=ERROR msg="service: gave up: stopping all children" service=workers child=workers/worker restarts=3 period=30s error="panic: out of cheese"
at=11.125s level=INFO msg="service: stopped" service=workers/reporter
at=11.125s level=INFO msg="service: stopped" service=workers/queue
at=11.125s level=ERROR msg="service: failed" service=workers error="service: gave up after 3 restarts within 30s: child worker: panic: out of cheese"`))
	want(t, "Ended", ended, "service workers: service: gave up after 3 restarts within 30s: child worker: panic: out of cheese")
	equal(t, "timers", len(clock.Calls()), 0)
}

// Goroutines that panic are restarted as well.
func TestSupervisorFunc(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	s := service.NewSupervisor(clock, service.SupervisorConfig{Logger: quiet})
	s.Add("f", service.Func(clock, func(ctx context.Context, ready func()) error {
		ready()
		panic("oops")
	}), service.ChildConfig{})
	d := s.Start()
	until(t, clock, d)
	want(t, "Start", d, "ok")
	ended := s.Ended()
	if err := clock.Until(t.Context(), func() bool { clock.Advance(0); return ended.Called() }); err != nil {
		t.Fatal(err)
	}
	want(t, "Ended", ended, "service: gave up after 1 restarts within 5s: child f: panic: oops")
}

// A Multi in which a child has failed is restarted as a whole.
func TestSupervisorOfMulti(t *testing.T) {
	w := newWard(t, service.SupervisorConfig{})
	m := service.NewMulti(w.clock, service.MultiConfig{})
	for _, p := range []*part{w.a, w.b} {
		m.Add(p.name, p)
	}
	s := service.NewSupervisor(w.clock, service.SupervisorConfig{Logger: quiet})
	s.Add("m", m, service.ChildConfig{Shutdown: -1})
	s.Start()
	ended := s.Ended()
	w.a.die(errBoom)
	w.clock.Advance(0)
	w.j.want(t, "start a, start b, stop a, stop b, start a, start b")
	w.b.die(errBoom)
	w.j.want(t, "stop b, stop a")
	want(t, "Ended", ended, "service: gave up after 1 restarts within 5s: child m: service b: boom")
}
