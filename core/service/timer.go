// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"fmt"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/task"
)

// A Timer is a Service that calls a function when it is started and then at every interval, as a task.LoopingCall does. An error or panic of the function is
// logged and ends the Timer, as Ended tells. Stop waits for a call that is under way. Twisted: TimerService. Loop only.
type Timer struct {
	node
	life     life
	interval time.Duration
	call     *task.LoopingCall
	busy     bool // call has not ended
	gone     waiters
	ending   ending
}

var _ Ender = (*Timer)(nil)

// NewTimer returns a Timer of f. With the interval 0 it is called on every pass of the loop; Start fails for a negative one.
func NewTimer(loop protocol.Loop, interval time.Duration, f func() error) *Timer {
	return newTimer(loop, interval, task.NewLoopingCall(loop, f))
}

// NewTimerD returns a Timer of a function whose work goes on until the Deferred that it returns has fired; the next call waits for that.
func NewTimerD(loop protocol.Loop, interval time.Duration, f func() *deferred.Deferred[struct{}]) *Timer {
	return newTimer(loop, interval, task.NewLoopingCallD(loop, f))
}

func newTimer(loop protocol.Loop, interval time.Duration, call *task.LoopingCall) *Timer {
	t := &Timer{node: node{loop: loop}, interval: interval, call: call}
	t.life = life{loop: loop, up: t.begin, down: t.stop}
	return t
}

// Start makes the first call.
func (t *Timer) Start() *deferred.Deferred[struct{}] { return t.life.Start() }

// Stop ends the calls.
func (t *Timer) Stop() *deferred.Deferred[struct{}] { return t.life.Stop() }

// Ended fires when a call has failed, with its error.
func (t *Timer) Ended() *deferred.Deferred[struct{}] { return t.ending.ended(t.loop) }

func (t *Timer) begin() *deferred.Deferred[struct{}] {
	if t.interval < 0 {
		return deferred.FailOn[struct{}](t.loop, fmt.Errorf("service: negative interval: %v", t.interval))
	}
	t.ending.begin()
	t.busy = true
	t.call.Start(t.interval, true).Done(func(_ *task.LoopingCall, err error) {
		t.busy = false
		if err != nil && (t.path == "" || t.life.state == Stopping) { // else the group logs it
			t.log().Error("service: timer failed", errorAttrs(err)...)
		}
		t.ending.end(err)
		t.gone.fire(nil)
	})
	return t.life.done()
}

func (t *Timer) stop() *deferred.Deferred[struct{}] {
	if !t.busy {
		return t.life.done()
	}
	d := t.gone.add(t.loop)
	if t.call.Running() {
		t.call.Stop() // fires what Start returned, now or when the call under way is over
	}
	return d
}
