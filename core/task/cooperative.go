// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task

import (
	"iter"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/coro"
)

// Work is what a task does, in steps: each yield ends one. Yielding nil lets the others work, yielding a Deferred waits for it; if that fails, so does the task.
//
//	func(yield func(*deferred.Deferred[struct{}]) bool) {
//		for _, line := range lines {
//			handle(line)
//			if !yield(nil) {
//				return // the task was stopped
//			}
//		}
//	}
type Work = iter.Seq[*deferred.Deferred[struct{}]]

// A CooperativeTask is [Work] in the hands of a [Cooperator]. Loop only. Twisted: CooperativeTask.
type CooperativeTask struct {
	cooperator *Cooperator
	work       Work
	next       func() (*deferred.Deferred[struct{}], bool) // of iter.Pull, from the first step on
	stop       func()
	pauses     int
	stepping   bool
	state      error // ErrTaskDone and so on; nil while there is work
	result     error // the reason of a failure
	waiters    []*deferred.Deferred[struct{}]
}

// WhenDone returns a Deferred that fires when the work is done. It fails with the work's error or panic, with [ErrTaskStopped], or with [ErrSchedulerStopped]. Each call
// returns another one.
func (t *CooperativeTask) WhenDone() *deferred.Deferred[struct{}] {
	d := deferred.New[struct{}](t.cooperator.loop)
	if t.state == nil {
		t.waiters = append(t.waiters, d)
	} else {
		t.tell(d)
	}
	return d
}

func (t *CooperativeTask) tell(d *deferred.Deferred[struct{}]) {
	if t.result != nil {
		d.Errback(t.result)
		return
	}
	d.Callback(struct{}{})
}

// Pause holds the task up until Resume was called as often as Pause. When the task has ended it returns how: [ErrTaskDone], [ErrTaskFailed], [ErrTaskStopped] or
// [ErrSchedulerStopped].
func (t *CooperativeTask) Pause() error {
	if t.state != nil {
		return t.state
	}
	if t.pauses++; t.pauses == 1 {
		t.cooperator.remove(t)
	}
	return nil
}

// Resume takes back one Pause; without one it returns [ErrNotPaused].
func (t *CooperativeTask) Resume() error {
	if t.pauses == 0 {
		return ErrNotPaused
	}
	if t.pauses--; t.pauses > 0 || t.state != nil {
		return nil
	}
	t.cooperator.add(t)
	return nil
}

// Stop ends the task: the yield that it stands in returns false. When the task has ended it returns how, as Pause does.
func (t *CooperativeTask) Stop() error {
	if t.state != nil {
		return t.state
	}
	t.complete(ErrTaskStopped, ErrTaskStopped)
	return nil
}

func (t *CooperativeTask) step() {
	t.stepping = true
	d, more, err := t.pull()
	t.stepping = false
	switch {
	case t.state != nil: // stopped during the step
		t.close()
	case err != nil:
		t.complete(ErrTaskFailed, err)
	case !more:
		t.complete(ErrTaskDone, nil)
	case d != nil:
		t.Pause()
		d.Done(func(_ struct{}, err error) {
			if err != nil && t.state == nil {
				t.complete(ErrTaskFailed, err)
			}
			t.Resume()
		})
	}
}

// pull makes one step. The coroutine is made here and not sooner because it is bound to the loop's thread.
func (t *CooperativeTask) pull() (d *deferred.Deferred[struct{}], more bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = deferred.Recovered(v)
		}
	}()
	if t.next == nil {
		t.next, t.stop = iter.Pull(t.work)
	}
	d, more = t.next()
	return d, more, nil
}

func (t *CooperativeTask) complete(state, result error) {
	t.state, t.result = state, result
	t.cooperator.forget(t)
	if !t.stepping {
		t.close()
	}
	waiters := t.waiters
	t.waiters = nil
	for _, d := range waiters {
		t.tell(d)
	}
}

// close lets the work run to its end.
func (t *CooperativeTask) close() {
	stop := t.stop
	t.next, t.stop, t.work = nil, nil, nil
	switch {
	case stop == nil:
	case coro.Barred(t.cooperator.loop):
		coro.Later(t.cooperator.loop, func() { t.finish(stop) })
	default:
		t.finish(stop)
	}
}

func (t *CooperativeTask) finish(stop func()) {
	defer func() {
		if v := recover(); v != nil && t.result == nil {
			t.result = deferred.Recovered(v)
		}
	}()
	stop()
}
