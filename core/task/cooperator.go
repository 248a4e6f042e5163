// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task

import (
	"errors"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/coro"
	"github.com/torsion-go/torsion/core/protocol"
)

// The errors of [Cooperator] and [CooperativeTask].
var (
	ErrTaskStopped      = errors.New("task: task was stopped")
	ErrTaskFailed       = errors.New("task: task has failed")
	ErrTaskDone         = errors.New("task: task is done")
	ErrNotPaused        = errors.New("task: task is not paused")
	ErrSchedulerStopped = errors.New("task: cooperator was stopped") // Twisted: SchedulerStopped
)

// defaultSlice is how long a Cooperator works before the loop has its turn.
const defaultSlice = 10 * time.Millisecond

// CooperatorOptions are the options of [NewCooperator].
type CooperatorOptions struct {
	// Slice is how long the tasks work in turn, by the real clock, before the loop goes on. At least one step is made. 0 means 10 ms.
	Slice time.Duration
	// Terminate replaces Slice: it is called when a slice begins, and what it returns after each step, to report whether the slice is over. nil uses Slice.
	// Twisted: terminationPredicateFactory.
	Terminate func() func() bool
	// DisableStart leaves it to Start to begin working.
	DisableStart bool
}

// A Cooperator shares its loop between tasks: each makes one step in turn, for a slice of time, and then the loop goes on. Loop only. Twisted: Cooperator.
type Cooperator struct {
	loop      protocol.Loop
	terminate func() func() bool
	all       []*CooperativeTask // those that have not ended
	tasks     []*CooperativeTask // those that can work: not paused
	turn      int                // index in tasks of the next
	call      protocol.DelayedCall
	scheduled bool
	started   bool
	stopped   bool
}

// NewCooperator returns a Cooperator that works on loop.
func NewCooperator(loop protocol.Loop, o CooperatorOptions) *Cooperator {
	if o.Slice <= 0 {
		o.Slice = defaultSlice
	}
	if o.Terminate == nil {
		o.Terminate = func() func() bool {
			// The loop's own clock stands still during a callback.
			end := time.Now().Add(o.Slice)
			return func() bool { return !time.Now().Before(end) }
		}
	}
	return &Cooperator{loop: loop, terminate: o.Terminate, started: !o.DisableStart}
}

// Cooperate adds work and returns its task, which makes its first step in the next slice. Each task has a
// coroutine until it ends: Stop ends all, and is due before the loop ends. When the Cooperator was stopped the task has failed already, with
// [ErrSchedulerStopped].
func (c *Cooperator) Cooperate(work Work) *CooperativeTask {
	t := &CooperativeTask{cooperator: c, work: work}
	if c.stopped {
		t.complete(ErrSchedulerStopped, ErrSchedulerStopped)
		return t
	}
	c.all = append(c.all, t)
	c.add(t)
	return t
}

// Coiterate adds work and fires when it is done. Cancelling it stops the task, so that it fails with [ErrTaskStopped]. Twisted: coiterate.
func (c *Cooperator) Coiterate(work Work) *deferred.Deferred[struct{}] {
	t := c.Cooperate(work)
	d := deferred.NewCancellable(c.loop, func(*deferred.Deferred[struct{}]) { t.Stop() })
	t.WhenDone().ChainDeferred(d)
	return d
}

// Running reports whether the Cooperator is started and not stopped.
func (c *Cooperator) Running() bool { return c.started && !c.stopped }

// Start begins or goes on after Stop; tasks that Stop ended stay ended.
func (c *Cooperator) Start() {
	c.started, c.stopped = true, false
	c.schedule()
}

// Stop ends every task with [ErrSchedulerStopped] and refuses new ones until Start.
func (c *Cooperator) Stop() {
	c.stopped = true
	for len(c.all) > 0 {
		c.all[0].complete(ErrSchedulerStopped, ErrSchedulerStopped)
	}
}

func (c *Cooperator) add(t *CooperativeTask) {
	c.tasks = append(c.tasks, t)
	c.schedule()
}

func (c *Cooperator) forget(t *CooperativeTask) {
	c.remove(t)
	if i := slices.Index(c.all, t); i >= 0 {
		c.all = slices.Delete(c.all, i, i+1)
	}
}

func (c *Cooperator) remove(t *CooperativeTask) {
	i := slices.Index(c.tasks, t)
	if i < 0 {
		return
	}
	c.tasks = slices.Delete(c.tasks, i, i+1)
	if i < c.turn {
		c.turn--
	}
	if len(c.tasks) == 0 && c.scheduled {
		c.scheduled = false
		c.call.Cancel()
	}
}

func (c *Cooperator) schedule() {
	if c.scheduled || len(c.tasks) == 0 || !c.Running() {
		return
	}
	c.scheduled = true
	if c.call == nil {
		c.call = c.loop.CallLater(0, c.slice)
		return
	}
	c.call.Rearm(0)
}

func (c *Cooperator) slice() {
	if coro.Barred(c.loop) {
		coro.Later(c.loop, c.slice)
		return
	}
	over := c.terminate()
	for len(c.tasks) > 0 {
		if c.turn >= len(c.tasks) {
			c.turn = 0
		}
		t := c.tasks[c.turn]
		c.turn++
		t.step()
		if over() {
			break
		}
	}
	c.scheduled = false
	c.schedule()
}
