// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task_test

import (
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/task"
)

type D = *deferred.Deferred[struct{}]

// slices of n steps.
func steps(n int) task.CooperatorOptions {
	return task.CooperatorOptions{Terminate: func() func() bool {
		left := n
		return func() bool { left--; return left == 0 }
	}}
}

// counter is work of n steps that notes each.
func counter(n int, note func(string), name string) task.Work {
	return func(yield func(D) bool) {
		for range n {
			note(name)
			if !yield(nil) {
				note(name + "-")
				return
			}
		}
	}
}

func TestCooperatorTakesTurns(t *testing.T) {
	c := protocoltest.NewClock()
	coop := task.NewCooperator(c, steps(2))
	var got []string
	note := func(s string) { got = append(got, s) }
	a, b := coop.Cooperate(counter(3, note, "a")), coop.Coiterate(counter(2, note, "b"))
	c.CallLater(0, func() { note("timer") })
	if len(got) != 0 {
		t.Error("work was done before the loop had its turn")
	}
	done := a.WhenDone()
	for range 6 {
		c.Advance(0)
		note("|")
	}
	// The step after the last yield finds the end.
	if s := strings.Join(got, " "); s != "a b timer | a b | a | | | |" {
		t.Errorf("got %q", s)
	}
	wantOutcome(t, done, "value")
	wantOutcome(t, a.WhenDone(), "value")
	wantOutcome(t, b, "value")
	if err := a.Stop(); err != task.ErrTaskDone {
		t.Errorf("Stop: %v", err)
	}
	if err := a.Pause(); err != task.ErrTaskDone {
		t.Errorf("Pause: %v", err)
	}
	if n := len(c.Calls()); n != 0 {
		t.Errorf("%d timers left", n)
	}
}

func TestCooperatorRealSlices(t *testing.T) {
	c := protocoltest.NewClock()
	coop := task.NewCooperator(c, task.CooperatorOptions{Slice: time.Nanosecond})
	n, timers := 0, 0
	lc := task.NewLoopingCall(c, func() error { timers++; return nil })
	lc.Start(0, true)
	task1 := coop.Cooperate(func(yield func(D) bool) {
		for yield(nil) {
			n++
		}
	})
	for range 10 {
		c.Advance(0)
	}
	if n == 0 || timers < 10 {
		t.Errorf("%d steps, %d timers", n, timers)
	}
	task1.Stop()
	lc.Stop()
}

func TestTaskWaitsForADeferred(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	coop := task.NewCooperator(c, task.CooperatorOptions{})
	gate, bad := deferred.New[struct{}](c), deferred.New[struct{}](c)
	var got []string
	tk := coop.Cooperate(func(yield func(D) bool) {
		got = append(got, "a")
		yield(gate)
		got = append(got, "b")
		if !yield(bad) {
			got = append(got, "closed")
		}
	})
	c.Pump(0, 0)
	if s := strings.Join(got, " "); s != "a" || len(c.Calls()) != 0 {
		t.Errorf("got %q, %d timers", s, len(c.Calls()))
	}
	gate.Callback(struct{}{})
	c.Pump(0)
	bad.Errback(errBoom)
	if s := strings.Join(got, " "); s != "a b closed" {
		t.Errorf("got %q", s)
	}
	wantOutcome(t, tk.WhenDone(), "error boom")
	if err := tk.Stop(); err != task.ErrTaskFailed {
		t.Errorf("Stop: %v", err)
	}
}

func TestTaskPanics(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	coop := task.NewCooperator(c, task.CooperatorOptions{})
	d := coop.Coiterate(func(func(D) bool) { panic(errBoom) })
	c.Advance(0)
	wantOutcome(t, d, "error panic: boom")
}

func TestTaskPauseAndStop(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	coop := task.NewCooperator(c, steps(1))
	var got []string
	note := func(s string) { got = append(got, s) }
	tk := coop.Cooperate(counter(100, note, "a"))
	c.Advance(0)
	if err := tk.Resume(); err != task.ErrNotPaused {
		t.Errorf("Resume: %v", err)
	}
	tk.Pause()
	tk.Pause()
	tk.Resume()
	c.Pump(0, 0)
	if len(got) != 1 {
		t.Errorf("worked while paused: %v", got)
	}
	tk.Resume()
	c.Advance(0)
	tk.Pause()
	if err := tk.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
	tk.Resume()
	c.Advance(0)
	if s := strings.Join(got, " "); s != "a a a-" {
		t.Errorf("got %q", s)
	}
	wantOutcome(t, tk.WhenDone(), "error "+task.ErrTaskStopped.Error())

	// stopped by itself
	var self *task.CooperativeTask
	self = coop.Cooperate(func(yield func(D) bool) {
		self.Stop()
		if yield(nil) {
			t.Error("went on after Stop")
		}
	})
	c.Advance(0)
	wantOutcome(t, self.WhenDone(), "error "+task.ErrTaskStopped.Error())

	d := coop.Coiterate(counter(100, note, "x"))
	d.Cancel()
	wantOutcome(t, d, "error "+task.ErrTaskStopped.Error())
	if n := len(c.Calls()); n != 0 {
		t.Errorf("%d timers left", n)
	}
}

func TestCooperatorStop(t *testing.T) {
	wantHandled(t)
	c := protocoltest.NewClock()
	coop := task.NewCooperator(c, task.CooperatorOptions{Terminate: steps(2).Terminate, DisableStart: true})
	var got []string
	note := func(s string) { got = append(got, s) }
	a, b := coop.Cooperate(counter(9, note, "a")), coop.Cooperate(counter(9, note, "b"))
	c.Advance(0)
	if len(got) != 0 || coop.Running() {
		t.Error("worked before Start")
	}
	coop.Start()
	c.Advance(0)
	b.Pause()
	coop.Stop()
	if s := strings.Join(got, " "); s != "a b a- b-" {
		t.Errorf("got %q", s)
	}
	stopped := "error " + task.ErrSchedulerStopped.Error()
	wantOutcome(t, a.WhenDone(), stopped)
	wantOutcome(t, b.WhenDone(), stopped)
	wantOutcome(t, coop.Coiterate(counter(1, note, "c")), stopped)
	coop.Start()
	d := coop.Coiterate(counter(1, note, "d"))
	c.Pump(0, 0)
	wantOutcome(t, d, "value")
}
