// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
)

func testLifeCycle(g *rig) {
	if err := g.r.Stop(); err != reactor.ErrNotRunning {
		g.Errorf("Stop before Run: %v", err)
	}
	g.run()
	g.do(func() {
		if !g.r.OnLoop() {
			g.Error("a posted call does not run on the loop")
		}
		if err := g.turns(context.Background(), g.r); err != reactor.ErrAlreadyRunning {
			g.Errorf("Run in Run: %v", err)
		}
		if err := g.r.Iterate(0); err != reactor.ErrAlreadyRunning {
			g.Errorf("Iterate in Run: %v", err)
		}
	})
	if g.r.OnLoop() {
		g.Error("the test counts as the loop")
	}
	g.stop()
	if err := g.turns(context.Background(), g.r); err != reactor.ErrNotRestartable {
		g.Errorf("Run after a stop: %v", err)
	}
	if err := g.r.Stop(); err != reactor.ErrNotRunning {
		g.Errorf("Stop after a stop: %v", err)
	}
	for _, l := range g.r.Loops() {
		receive(g, l.Done())
		l.CallFromThread(func() { g.Error("a call ran on a loop that has ended") })
	}
}

func testStopFinishesPass(g *rig) {
	var order []string
	g.r.CallLater(0, func() {
		order = append(order, "stop")
		g.check(g.r.Stop())
		if err := g.r.Stop(); err != reactor.ErrNotRunning {
			g.Errorf("second Stop: %v", err)
		}
	})
	g.r.CallLater(0, func() { order = append(order, "one") })
	g.r.CallLater(0, func() { order = append(order, "two") })
	g.check(g.turns(context.Background(), g.r))
	if want := []string{"stop", "one", "two"}; !slices.Equal(order, want) {
		g.Errorf("got %q, want %q", order, want)
	}
}

func testContextStops(g *rig) {
	ctx, cancel := context.WithCancel(context.Background())
	shutdown := false
	g.trigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] { shutdown = true; return nil })
	g.r.CallLater(0, cancel)
	g.check(g.turns(ctx, g.r))
	if !shutdown {
		g.Error("the shutdown event did not fire")
	}
}

func testCrash(g *rig) {
	g.trigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] { g.Error("shutdown fired"); return nil })
	port := g.serve(echo)
	c := g.dial(port.Addr())
	g.write(c, "a")
	g.read(c, 1)
	g.do(func() { g.check(g.r.Crash()) })
	g.wait()
	g.write(c, "b") // waits in the socket
	g.run()
	if got := g.read(c, 1); got != "b" {
		g.Errorf("got %q", got)
	}
	g.do(func() { g.check(g.r.Crash()) })
	g.wait()
	g.ended = nil
	g.check(g.r.Close())
	if _, err := c.Read(make([]byte, 1)); err == nil {
		g.Error("the connection survived Close")
	}
}

func testIterate(g *rig) {
	n := 0
	g.r.CallLater(0, func() { n++; g.r.CallLater(0, func() { n++ }) })
	for want := 1; want <= 2; want++ {
		g.check(g.r.Iterate(0))
		if n != want {
			g.Errorf("after pass %d: %d calls", want, n)
		}
	}
	g.check(g.r.StartRunning())
	g.check(g.r.Stop())
	var err error
	for err == nil {
		err = g.r.Iterate(time.Millisecond)
	}
	if err != reactor.ErrNotRunning {
		g.Error(err)
	}
}

func (g *rig) trigger(phase reactor.Phase, event string, f func() *deferred.Deferred[struct{}]) reactor.Trigger {
	g.Helper()
	tr, err := g.r.AddSystemEventTrigger(phase, event, f)
	g.check(err)
	return tr
}

func testTriggers(g *rig) {
	var order []string
	note := func(s string) func() *deferred.Deferred[struct{}] {
		return func() *deferred.Deferred[struct{}] { order = append(order, s); return nil }
	}
	g.trigger(reactor.Before, reactor.Startup, note("starting"))
	g.r.CallWhenRunning(func() {
		order = append(order, "running")
		g.r.CallWhenRunning(func() { order = append(order, "at once") })
	})
	g.trigger(reactor.After, reactor.Shutdown, note("after"))
	g.trigger(reactor.During, reactor.Shutdown, note("during"))
	g.trigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] {
		order = append(order, "before 1")
		d := deferred.New[struct{}](g.r.Loop)
		g.r.CallLater(20*time.Millisecond, func() {
			order = append(order, "late")
			d.Errback(errors.New("failures are logged, not obeyed"))
		})
		return d
	})
	g.trigger(reactor.Before, reactor.Shutdown, func() *deferred.Deferred[struct{}] { panic("a trigger panics") })
	g.trigger(reactor.Before, reactor.Shutdown, note("before 2"))
	g.r.CallLater(0, func() { g.check(g.r.Stop()) })
	g.check(g.turns(context.Background(), g.r))
	if want := []string{"starting", "running", "at once", "before 1", "before 2", "late", "during", "after"}; !slices.Equal(order, want) {
		g.Errorf("got %q, want %q", order, want)
	}
}

func testTriggerControl(g *rig) {
	called := func() *deferred.Deferred[struct{}] { g.Error("a removed trigger was called"); return nil }
	first := g.trigger(reactor.Before, "custom", called)
	g.check(g.r.RemoveSystemEventTrigger(first))
	if err := g.r.RemoveSystemEventTrigger(first); !errors.Is(err, reactor.ErrNoTrigger) {
		g.Errorf("second removal: %v", err)
	}
	if err := g.r.RemoveSystemEventTrigger(reactor.Trigger{}); !errors.Is(err, reactor.ErrNoTrigger) {
		g.Errorf("removal of none: %v", err)
	}
	if _, err := g.r.AddSystemEventTrigger(reactor.Phase(9), "custom", called); err == nil {
		g.Error("a bad phase was taken")
	}
	var later reactor.Trigger
	n := 0
	g.trigger(reactor.Before, "custom", func() *deferred.Deferred[struct{}] {
		n++
		g.check(g.r.RemoveSystemEventTrigger(later))
		return nil
	})
	later = g.trigger(reactor.Before, "custom", called)
	g.r.FireSystemEvent("custom")
	g.r.FireSystemEvent("custom") // a trigger is called once
	if n != 1 {
		g.Errorf("called %d times", n)
	}
}
