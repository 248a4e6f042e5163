// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

func testTimerOrder(g *rig) {
	var order []int
	for i := range 6 {
		g.r.CallLater(0, func() {
			order = append(order, i)
			if i == 2 {
				inside := true
				g.r.CallLater(0, func() {
					if inside {
						g.Error("called inside CallLater")
					}
					order = append(order, 6)
					g.r.CallLater(time.Millisecond, func() { g.check(g.r.Stop()) })
				})
				inside = false
			}
		})
	}
	g.check(g.turns(context.Background(), g.r))
	if want := []int{0, 1, 2, 3, 4, 5, 6}; !slices.Equal(order, want) {
		g.Errorf("got %v, want %v", order, want)
	}
}

func testTimerControl(g *rig) {
	type control struct {
		name string
		call func(c protocol.DelayedCall) error
	}
	controls := []control{
		{"Cancel", protocol.DelayedCall.Cancel},
		{"Reset", func(c protocol.DelayedCall) error { return c.Reset(time.Hour) }},
		{"Delay", func(c protocol.DelayedCall) error { return c.Delay(time.Hour) }},
	}
	states := []struct {
		name    string
		want    error
		prepare func(c protocol.DelayedCall)
	}{
		{"active", nil, func(protocol.DelayedCall) {}},
		{"called", protocol.ErrAlreadyCalled, func(c protocol.DelayedCall) {
			for c.Active() {
				g.check(g.r.Iterate(time.Millisecond))
			}
		}},
		{"cancelled", protocol.ErrAlreadyCancelled, func(c protocol.DelayedCall) { g.check(c.Cancel()) }},
	}
	for _, state := range states {
		for _, control := range controls {
			c := g.r.CallLater(0, func() {})
			state.prepare(c)
			if err := control.call(c); !errors.Is(err, state.want) {
				g.Errorf("%s of a call that is %s: %v, want %v", control.name, state.name, err, state.want)
			}
			_ = c.Cancel() // whatever it is
		}
	}
	ran := 0
	c := g.r.CallLater(time.Hour, func() { ran++ })
	due := c.Time()
	g.check(c.Delay(-time.Minute))
	if got := c.Time(); !got.Equal(due.Add(-time.Minute)) {
		g.Errorf("after Delay(-1m): due at %v, before %v", got, due)
	}
	for want := 1; want <= 3; want++ {
		c.Rearm(0)
		for c.Active() {
			g.check(g.r.Iterate(time.Millisecond))
		}
		if ran != want {
			g.Errorf("ran %d times, want %d", ran, want)
		}
	}
	if calls := g.r.DelayedCalls(); len(calls) != 0 {
		g.Errorf("%d calls pending", len(calls))
	}
}

func testPostOrder(g *rig) {
	g.run()
	const threads, calls = 4, 1000
	for _, l := range g.r.Loops() {
		got := make([][]int, threads) // the loop's
		var posters sync.WaitGroup
		for i := range threads {
			posters.Go(func() {
				for n := range calls {
					l.CallFromThread(func() { got[i] = append(got[i], n) })
				}
			})
		}
		posters.Wait()
		g.on(l, func() {
			for i := range threads {
				if len(got[i]) != calls || !slices.IsSorted(got[i]) {
					g.Errorf("thread %d: %d calls, sorted %v", i, len(got[i]), slices.IsSorted(got[i]))
				}
			}
		})
	}
}

func testPostBeforeTimers(g *rig) {
	var order []string
	g.r.CallLater(0, func() { order = append(order, "timer") })
	g.r.CallFromThread(func() {
		order = append(order, "posted")
		g.r.CallFromThread(func() { order = append(order, "posted in the pass") })
	})
	for range 2 {
		g.check(g.r.Iterate(0))
	}
	if want := []string{"posted", "timer", "posted in the pass"}; !slices.Equal(order, want) {
		g.Errorf("got %q, want %q", order, want)
	}
}

func testThreadPool(g *rig) {
	g.r.SuggestThreadPoolSize(1)
	var order []int // the pool's, one function at a time
	for i := range 3 {
		g.r.CallInThread(func() { order = append(order, i) })
	}
	started := false
	g.r.CallWhenRunning(func() { started = true })
	g.r.CallInThread(func() {
		g.r.CallFromThread(func() {
			if !started {
				g.Error("the pool ran before the reactor")
			}
		})
	})
	g.r.CallInThread(func() { panic("in a thread") })
	ran := make(chan struct{})
	g.r.CallMultipleInThread(func() { order = append(order, 3) }, func() { panic("again") }, func() { close(ran) })
	g.run()
	receive(g, ran)
	blocked, release := make(chan struct{}), make(chan struct{})
	finished := false
	g.r.CallInThread(func() { close(blocked); <-release })
	g.r.CallInThread(func() { finished = true }) // queued when the reactor stops
	receive(g, blocked)
	g.check(g.r.Stop())
	g.do(func() {}) // the loop goes on meanwhile
	close(release)
	g.wait()
	if !finished {
		g.Error("queued work was lost at the stop")
	}
	g.r.CallInThread(func() { g.Error("ran after the stop") })
	if want := []int{0, 1, 2, 3}; !slices.Equal(order, want) {
		g.Errorf("got %v, want %v", order, want)
	}
}
