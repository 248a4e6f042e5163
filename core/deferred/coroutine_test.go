// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
)

type coro = *deferred.Coroutine

func TestCoroutine(t *testing.T) {
	wantHandled(t)
	c := newPooledClock(t)
	a, b := deferred.New[int](c), deferred.New[string](c)
	var steps []string
	d := deferred.Go(c, func(co coro) (string, error) {
		steps = append(steps, "start")
		n, err := deferred.Await(co, a)
		steps = append(steps, fmt.Sprint(n, err))
		s, err := deferred.Await(co, b)
		steps = append(steps, fmt.Sprint(s, err))
		return "end", err
	})
	steps = append(steps, "returned")
	a.Callback(1)
	wantOutcome(t, d, "pending")
	b.Errback(errBoom)
	if got := strings.Join(steps, ", "); got != "start, returned, 1 <nil>, boom" {
		t.Errorf("steps %q", got)
	}
	wantOutcome(t, d, "error boom")
	wantOutcome(t, a, "value 0")
	if c.pool.Idle() != 1 {
		t.Errorf("%d idle coroutines", c.pool.Idle())
	}
}

func TestCoroutinePanic(t *testing.T) {
	wantHandled(t)
	c := newPooledClock(t)
	gate := deferred.New[int](c)
	d := deferred.Go(c, func(co coro) (int, error) {
		deferred.Await(co, gate)
		panic(errBoom)
	})
	gate.Callback(0)
	r, _ := d.Peek()
	var f *deferred.Failure
	if !errors.As(r.Err, &f) || !errors.Is(f, errBoom) || !strings.Contains(f.Stack.String(), "TestCoroutinePanic") {
		t.Errorf("got %+v", r.Err)
	}
	outcome(d)
	wantOutcome(t, deferred.Go(c, func(coro) (int, error) { return 1, nil }), "value 1")
}

func TestFiredAwaitsNeedNoStack(t *testing.T) {
	c := newPooledClock(t)
	first, last := 0, 0
	d := deferred.Go(c, func(co coro) (int, error) {
		sum := 0
		for i := range 100_000 {
			v, _ := deferred.Await(co, deferred.Succeed(1))
			sum += v
			if i == 0 {
				first = depth()
			}
		}
		last = depth()
		return sum, nil
	})
	wantOutcome(t, d, "value 100000")
	if first != last {
		t.Errorf("stack grew from %d to %d calls", first, last)
	}
}

func TestCoroutinesInARowNeedNoStack(t *testing.T) {
	const n = 2000
	c := newPooledClock(t)
	gate := deferred.New[int](c)
	d, deepest := gate, 0
	for range n {
		previous := d
		d = deferred.Go(c, func(co coro) (int, error) {
			v, err := deferred.Await(co, previous)
			return v + 1, err
		})
	}
	d.AddCallback(func(v int) (int, error) { deepest = depth(); return v, nil })
	gate.Callback(0)
	wantOutcome(t, d, "value 2000")
	if deepest > 30 {
		t.Errorf("stack is %d calls deep", deepest)
	}
}

func TestCoroutineCancel(t *testing.T) {
	cancelled := "error " + deferred.ErrCancelled.Error()
	tests := []struct {
		name string
		f    func(c *pooledClock) func(coro) (int, error)
		want string
	}{
		{"passed on", func(c *pooledClock) func(coro) (int, error) {
			return func(co coro) (int, error) { return deferred.Await(co, deferred.New[int](c)) }
		}, cancelled},
		{"caught, value returned", func(c *pooledClock) func(coro) (int, error) {
			return func(co coro) (int, error) {
				if _, err := deferred.Await(co, deferred.New[int](c)); errors.Is(err, deferred.ErrCancelled) {
					return 5, nil
				}
				return 0, nil
			}
		}, "value 5"},
		{"caught, goes on to wait", func(c *pooledClock) func(coro) (int, error) {
			return func(co coro) (int, error) {
				deferred.Await(co, deferred.New[int](c))
				return deferred.Await(co, deferred.New[int](c))
			}
		}, "pending"},
		{"coroutine in coroutine", func(c *pooledClock) func(coro) (int, error) {
			return func(co coro) (int, error) {
				return deferred.Await(co, deferred.Go(c, func(co coro) (int, error) { return deferred.Await(co, deferred.New[int](c)) }))
			}
		}, cancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantHandled(t)
			c := newPooledClock(t)
			d := deferred.Go(c, tt.f(c))
			d.Cancel()
			wantOutcome(t, d, tt.want)
		})
	}
}

func TestCoroutineThatCancelsItself(t *testing.T) {
	c := newPooledClock(t)
	gate := deferred.New[int](c)
	var d *deferred.Deferred[int]
	d = deferred.Go(c, func(co coro) (int, error) {
		deferred.Await(co, gate)
		d.Cancel()
		deferred.Await(co, deferred.Succeed(0)) // no wait
		return deferred.Await(co, deferred.New[int](c))
	})
	gate.Callback(0)
	wantOutcome(t, d, "error deferred: cancelled")
}

func TestAwaitElsewherePanics(t *testing.T) {
	c := newPooledClock(t)
	var kept coro
	deferred.Go(c, func(co coro) (int, error) { kept = co; return 0, nil })
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "outside") {
			t.Errorf("panic %q", text)
		}
	}()
	deferred.Await(kept, deferred.Succeed(1))
}

func TestPoolCloseEndsCoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	c := &pooledClock{Clock: protocoltest.NewClock()}
	var ended []string
	for _, name := range []string{"a", "b"} {
		d := deferred.Go(c, func(co coro) (int, error) {
			defer func() { ended = append(ended, name) }()
			for {
				if _, err := deferred.Await(co, deferred.New[int](c)); err == nil {
					return 0, nil
				}
			}
		})
		d.AddBoth(func(int, error) (int, error) { t.Error("fired"); return 0, nil })
	}
	deferred.Go(c, func(coro) (int, error) { return 0, nil }) // idle now
	late := deferred.New[int](c)
	deferred.Go(c, func(co coro) (int, error) { return deferred.Await(co, late) })
	c.pool.Close()
	if len(ended) != 2 {
		t.Errorf("ended: %v", ended)
	}
	late.Callback(1)
	wantOutcome(t, late, "value 1")
	wantOutcome(t, deferred.Go(c, func(coro) (int, error) { return 0, nil }), "error "+deferred.ErrLoopEnded.Error())
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
	c.pool.Close()
}

func TestCoroutineWithoutPoolEndsWithItsFunction(t *testing.T) {
	before := runtime.NumGoroutine()
	gate := deferred.New[int](nil)
	d := deferred.Go(nil, func(co coro) (int, error) { return deferred.Await(co, gate) })
	gate.Callback(2)
	wantOutcome(t, d, "value 2")
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

// stoppedLoop is a loop that doesn't run yet.
type stoppedLoop struct {
	*pooledClock
	running bool
}

func (l *stoppedLoop) OnLoop() bool  { return l.running && l.pooledClock.OnLoop() }
func (l *stoppedLoop) Running() bool { return l.running }

func TestGoBeforeTheLoopRuns(t *testing.T) {
	l := &stoppedLoop{newPooledClock(t), false}
	d := deferred.Go(l, func(co coro) (int, error) {
		if !l.OnLoop() {
			t.Error("started off the loop")
		}
		return 3, nil
	})
	gone := deferred.Go(l, func(co coro) (int, error) { t.Error("cancelled function was called"); return 0, nil })
	gone.Cancel()
	wantOutcome(t, d, "pending")
	l.running = true
	l.Settle()
	wantOutcome(t, d, "value 3")
	wantOutcome(t, gone, "error deferred: cancelled")
}

func TestCoroutineWithTimers(t *testing.T) {
	c := newPooledClock(t)
	sleep := func(d time.Duration) *deferred.Deferred[struct{}] {
		done := deferred.New[struct{}](c)
		c.CallLater(d, func() { done.Callback(struct{}{}) })
		return done
	}
	ticks := 0
	d := deferred.Go(c, func(co coro) (int, error) {
		if co.Loop() != c {
			t.Error("Loop is another one")
		}
		for range 3 {
			deferred.Await(co, sleep(time.Second))
			ticks++
		}
		return ticks, nil
	})
	c.Pump(time.Second, time.Second)
	if ticks != 2 {
		t.Errorf("%d ticks", ticks)
	}
	c.Advance(time.Second)
	wantOutcome(t, d, "value 3")
}

func TestCoroutinesOnALockedThread(t *testing.T) {
	done := make(chan string)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		c := &pooledClock{Clock: protocoltest.NewClock()}
		var inner, outer *deferred.Deferred[int]
		for range 3 {
			gate := deferred.New[int](nil)
			inner = deferred.Go(c, func(co coro) (int, error) { return deferred.Await(co, gate) })
			outer = deferred.Go(c, func(co coro) (int, error) {
				v, err := deferred.Await(co, deferred.Go(c, func(co coro) (int, error) { return deferred.Await(co, inner) }))
				return v + 1, err
			})
			gate.Callback(1)
		}
		c.pool.Close()
		done <- outcome(outer)
	}()
	if got := <-done; got != "value 2" {
		t.Errorf("got %q", got)
	}
}
