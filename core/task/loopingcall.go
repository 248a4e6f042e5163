// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task

import (
	"errors"
	"fmt"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// The errors of [LoopingCall].
var (
	ErrRunning    = errors.New("task: looping call is already running")
	ErrNotRunning = errors.New("task: looping call is not running")
)

// A LoopingCall calls a function again and again. It keeps to the grid of times start + k * interval: a call is made at the first point of the grid after the one
// before has ended, and points that pass meanwhile are skipped, never made up for. Loop only. Twisted: LoopingCall.
type LoopingCall struct {
	loop     protocol.Loop
	f        func(count int) (*deferred.Deferred[struct{}], error)
	interval time.Duration
	started  time.Time     // the origin of the grid
	last     int64         // the grid point that counts were last told up to
	blocked  time.Duration // how long the call held the loop up, if that was long: its clock does not know yet
	running  bool
	waiting  bool                             // call is pending
	timer    protocol.DelayedCall             // made once, armed again for each call
	current  *deferred.Deferred[struct{}]     // the run that is under way, if it isn't over at once
	done     *deferred.Deferred[*LoopingCall] // what Start returned
	counting bool                             // skip a call that no new grid point is there for
}

// NewLoopingCall returns a LoopingCall of f. It ends when f returns an error or panics.
func NewLoopingCall(loop protocol.Loop, f func() error) *LoopingCall {
	return &LoopingCall{loop: loop, f: func(int) (*deferred.Deferred[struct{}], error) { return nil, f() }}
}

// NewLoopingCallD returns a LoopingCall of a function whose work goes on until the Deferred that it returns has fired; the next call waits for that. nil stands for
// work that is done. The call ends when the Deferred fails.
func NewLoopingCallD(loop protocol.Loop, f func() *deferred.Deferred[struct{}]) *LoopingCall {
	return &LoopingCall{loop: loop, f: func(int) (*deferred.Deferred[struct{}], error) { return f(), nil }}
}

// NewLoopingCallWithCount is NewLoopingCallD for a function that is told how many points of the grid have passed since its last call, this one included: 1 unless some
// were skipped. With the interval 0 it is 1. Twisted: LoopingCall.withCount.
func NewLoopingCallWithCount(loop protocol.Loop, f func(count int) *deferred.Deferred[struct{}]) *LoopingCall {
	return &LoopingCall{loop: loop, counting: true, f: func(count int) (*deferred.Deferred[struct{}], error) { return f(count), nil }}
}

// Running reports whether l was started and has not ended.
func (l *LoopingCall) Running() bool { return l.running }

// Interval returns what was given to Start.
func (l *LoopingCall) Interval() time.Duration { return l.interval }

// Start begins: with a call at once, if now is set, else with one after interval. The interval 0 calls on every pass of the loop. What it returns fires with l after Stop,
// when the run under way is over, and fails when the function does. Cancelling it stops l and cancels the run. It fails with [ErrRunning] if l is running, and for
// a negative interval.
func (l *LoopingCall) Start(interval time.Duration, now bool) *deferred.Deferred[*LoopingCall] {
	if interval < 0 {
		return deferred.FailOn[*LoopingCall](l.loop, fmt.Errorf("task: negative interval: %v", interval))
	}
	if l.done != nil {
		return deferred.FailOn[*LoopingCall](l.loop, ErrRunning)
	}
	done := deferred.NewCancellable(l.loop, func(*deferred.Deferred[*LoopingCall]) { l.abandon() })
	l.done = done
	l.running = true
	l.interval = interval
	l.restart()
	if now {
		l.last = -1
		l.call()
	} else {
		l.schedule()
	}
	return done
}

// Stop ends l: no call is made any more. If a run is under way it goes on to its end.
func (l *LoopingCall) Stop() error {
	if !l.running {
		return ErrNotRunning
	}
	l.running = false
	if l.unschedule() {
		l.finish(nil)
	}
	return nil
}

// Reset puts off the next call to one interval from now, where a new grid begins. While a run is under way it does nothing.
func (l *LoopingCall) Reset() error {
	if !l.running {
		return ErrNotRunning
	}
	if l.unschedule() {
		l.restart()
		l.schedule()
	}
	return nil
}

// abandon is the canceller of done.
func (l *LoopingCall) abandon() {
	l.running = false
	l.unschedule()
	l.done = nil
	if l.current != nil {
		l.current.Cancel()
	}
}

func (l *LoopingCall) restart() {
	l.started = l.loop.Now()
	l.last = 0
}

func (l *LoopingCall) schedule() {
	var delay time.Duration
	if l.interval > 0 {
		delay = l.interval - (l.loop.Now().Sub(l.started)+l.blocked)%l.interval + l.blocked
	}
	l.blocked = 0
	l.waiting = true
	if l.timer == nil {
		l.timer = l.loop.CallLater(delay, l.call)
		return
	}
	l.timer.Rearm(delay)
}

// unschedule forgets the next call and reports whether there was one.
func (l *LoopingCall) unschedule() bool {
	if !l.waiting {
		return false
	}
	l.waiting = false
	l.timer.Cancel()
	return true
}

func (l *LoopingCall) call() {
	l.waiting = false
	count := 1
	if l.counting && l.interval > 0 {
		point := int64(l.loop.Now().Sub(l.started) / l.interval)
		count = int(point - l.last)
		if count <= 0 {
			l.schedule()
			return
		}
		l.last = point
	}
	done := l.done
	begun := time.Now()
	run, err := l.invoke(count)
	if took := time.Since(begun); took >= max(l.interval, time.Millisecond) {
		l.blocked = took
	}
	if run == nil || err != nil {
		l.ended(done, err)
		return
	}
	l.current = run
	run.Done(func(_ struct{}, err error) {
		if l.current == run {
			l.current = nil
		}
		l.ended(done, err)
	})
	l.blocked = 0 // the clock knows by the time that a run which goes on is over
}

// invoke calls the function and makes an error of a panic.
func (l *LoopingCall) invoke(count int) (run *deferred.Deferred[struct{}], err error) {
	defer func() {
		if v := recover(); v != nil {
			err = deferred.Recovered(v)
		}
	}()
	return l.f(count)
}

// ended is called when the run that began while done was the result of Start is over.
func (l *LoopingCall) ended(done *deferred.Deferred[*LoopingCall], err error) {
	switch {
	case l.done != done: // cancelled
	case err != nil:
		l.running = false
		l.finish(err)
	case l.running:
		l.schedule()
	default:
		l.finish(nil)
	}
}

func (l *LoopingCall) finish(err error) {
	d := l.done
	l.done = nil
	if err != nil {
		d.Errback(err)
		return
	}
	d.Callback(l)
}
