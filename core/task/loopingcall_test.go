// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/task"
)

var errBoom = errors.New("boom")

// outcome tells what is known about d: "pending", "value V" or "error E". It takes the result.
func outcome[T any](d *deferred.Deferred[T]) string {
	r, ok := d.Peek()
	if !ok {
		return "pending"
	}
	d.Done(func(T, error) {})
	if r.Err != nil {
		return "error " + r.Err.Error()
	}
	return "value"
}

func wantOutcome[T any](t testing.TB, d *deferred.Deferred[T], want string) {
	t.Helper()
	if got := outcome(d); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// wantHandled fails the test if a Deferred that fires in it keeps an error.
func wantHandled(t *testing.T) {
	stop := deferred.TrackUnhandled()
	t.Cleanup(func() {
		for _, u := range stop() {
			t.Error(u)
		}
	})
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func TestLoopingCallKeepsToItsGrid(t *testing.T) {
	tests := []struct {
		name     string
		interval float64
		now      bool
		advance  []float64
		times    string
		counts   string
	}{
		{"now", 1, true, []float64{1, 1}, "0 1 2", "1 1 1"},
		{"later", 1, false, []float64{0.5, 0.5, 1}, "1 2", "1 1"},
		{"skips", 1, true, []float64{3.5, 0.5, 1}, "0 3.5 4 5", "1 3 1 1"},
		{"skips, later", 2, false, []float64{7, 1}, "7 8", "3 1"},
		{"every pass", 0, true, []float64{0, 0.25, 0.25}, "0 0 0.25 0.5", "1 1 1 1"},
		{"small steps", 1, true, []float64{0.4, 0.4, 0.4}, "0 1.2", "1 1"},
	}
	for _, tt := range tests {
		for _, counting := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/counting=%t", tt.name, counting), func(t *testing.T) {
				c := protocoltest.NewClock()
				var times, counts []string
				note := func() error { times = append(times, fmt.Sprint(c.Elapsed().Seconds())); return nil }
				lc := task.NewLoopingCall(c, note)
				if counting {
					lc = task.NewLoopingCallWithCount(c, func(n int) *deferred.Deferred[struct{}] {
						counts = append(counts, fmt.Sprint(n))
						note()
						return nil
					})
				}
				lc.Start(seconds(tt.interval), tt.now)
				for _, s := range tt.advance {
					c.Advance(seconds(s))
				}
				if got := strings.Join(times, " "); got != tt.times {
					t.Errorf("called at %s, want %s", got, tt.times)
				}
				if got := strings.Join(counts, " "); counting && got != tt.counts {
					t.Errorf("counts %s, want %s", got, tt.counts)
				}
			})
		}
	}
}

func TestLoopingCallWaitsForTheRunBefore(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	var run *deferred.Deferred[struct{}]
	runs := 0
	lc := task.NewLoopingCallD(c, func() *deferred.Deferred[struct{}] {
		runs++
		run = deferred.New[struct{}](c)
		return run
	})
	d := lc.Start(time.Second, true)
	c.Advance(seconds(2.5))
	if runs != 1 || len(c.Calls()) != 0 {
		t.Errorf("%d runs, %d timers while one is under way", runs, len(c.Calls()))
	}
	run.Callback(struct{}{})
	c.Advance(seconds(0.4))
	if runs != 1 {
		t.Error("called off the grid")
	}
	c.Advance(seconds(0.1))
	if runs != 2 {
		t.Errorf("%d runs", runs)
	}
	if err := lc.Reset(); err != nil || len(c.Calls()) != 0 {
		t.Errorf("Reset in a run: %v, %d timers", err, len(c.Calls()))
	}
	lc.Stop()
	wantOutcome(t, d, "pending")
	run.Callback(struct{}{})
	wantOutcome(t, d, "value")
	if len(c.Calls()) != 0 {
		t.Error("a timer is left")
	}
}

func TestLoopingCallEnds(t *testing.T) {
	tests := []struct {
		name string
		f    func(lc *task.LoopingCall) error
		want string
	}{
		{"error", func(*task.LoopingCall) error { return errBoom }, "error boom"},
		{"panic", func(*task.LoopingCall) error { panic(errBoom) }, "error panic: boom"},
		{"stop", func(lc *task.LoopingCall) error { return lc.Stop() }, "value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantHandled(t)
			c := protocoltest.NewClock()
			var lc *task.LoopingCall
			lc = task.NewLoopingCall(c, func() error { return tt.f(lc) })
			for range 2 { // it may be started again
				d := lc.Start(time.Second, false)
				c.Advance(time.Second)
				wantOutcome(t, d, tt.want)
				if lc.Running() || len(c.Calls()) != 0 {
					t.Errorf("running %t, %d timers", lc.Running(), len(c.Calls()))
				}
			}
		})
	}
}

func TestLoopingCallStopResetAndMisuse(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	runs := 0
	lc := task.NewLoopingCall(c, func() error { runs++; return nil })
	if err := lc.Stop(); err != task.ErrNotRunning {
		t.Errorf("Stop: %v", err)
	}
	if err := lc.Reset(); err != task.ErrNotRunning {
		t.Errorf("Reset: %v", err)
	}
	wantOutcome(t, lc.Start(-1, true), "error task: negative interval: -1ns")
	d := lc.Start(time.Second, false)
	wantOutcome(t, lc.Start(time.Second, false), "error "+task.ErrRunning.Error())
	if !lc.Running() || lc.Interval() != time.Second {
		t.Error("not running")
	}
	c.Advance(seconds(0.9))
	lc.Reset()
	c.Advance(seconds(0.9))
	if runs != 0 {
		t.Error("Reset did not put the call off")
	}
	c.Pump(seconds(0.1), seconds(1))
	if runs != 2 {
		t.Errorf("%d runs on the new grid", runs)
	}
	lc.Stop()
	wantOutcome(t, d, "value")
	c.Advance(time.Hour)
	if runs != 2 {
		t.Error("called after Stop")
	}
}

func TestLoopingCallCancel(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	cancelled := 0
	lc := task.NewLoopingCallD(c, func() *deferred.Deferred[struct{}] {
		return deferred.NewCancellable(c, func(*deferred.Deferred[struct{}]) { cancelled++ })
	})
	d := lc.Start(time.Second, true)
	d.Cancel()
	wantOutcome(t, d, "error deferred: cancelled")
	if cancelled != 1 || lc.Running() {
		t.Errorf("run cancelled %d times, running %t", cancelled, lc.Running())
	}
	d = lc.Start(time.Second, false)
	d.Cancel()
	wantOutcome(t, d, "error deferred: cancelled")
	if len(c.Calls()) != 0 {
		t.Error("a timer is left")
	}
}

func TestAllocLoopingCall(t *testing.T) {
	if raceEnabled || deferred.Debugging() {
		t.Skip("allocations differ when checking")
	}
	loop := new(tickLoop)
	lc := task.NewLoopingCall(loop, func() error { return nil })
	lc.Start(time.Second, false)
	if n := testing.AllocsPerRun(100, func() { loop.now = loop.now.Add(time.Second); loop.f() }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func TestDeferLater(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	calls := 0
	f := func() (int, error) { calls++; return 3, nil }
	d, gone := task.DeferLater(c, time.Second, f), task.DeferLater(c, time.Second, f)
	failed := task.DeferLater(c, time.Second, func() (int, error) { return 0, errBoom })
	panicked := task.DeferLater(c, time.Second, func() (int, error) { panic(errBoom) })
	pause := task.Sleep(c, 2*time.Second)
	gone.Cancel()
	wantOutcome(t, gone, "error deferred: cancelled")
	wantOutcome(t, d, "pending")
	c.Advance(time.Second)
	wantOutcome(t, d, "value")
	wantOutcome(t, failed, "error boom")
	wantOutcome(t, panicked, "error panic: boom")
	wantOutcome(t, pause, "pending")
	c.Advance(time.Second)
	wantOutcome(t, pause, "value")
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}
