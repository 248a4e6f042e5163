// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

type callState int

const (
	waiting   callState = iota // in Clock.pending
	inBatch                    // due, still to run in this pass
	called                     // runs or ran
	cancelled                  //
)

type delayedCall struct {
	clock   *Clock
	f       func()
	when    time.Duration // since Epoch
	seq     uint64
	state   callState
	created []byte // where, with Clock.Debug
}

func (dc *delayedCall) err() error {
	switch dc.state {
	case called:
		return protocol.ErrAlreadyCalled
	case cancelled:
		return protocol.ErrAlreadyCancelled
	}
	return nil
}

func (dc *delayedCall) Cancel() error {
	if err := dc.err(); err != nil {
		return err
	}
	dc.remove()
	dc.state = cancelled
	return nil
}

func (dc *delayedCall) Reset(d time.Duration) error {
	if err := dc.err(); err != nil {
		return err
	}
	dc.Rearm(d)
	return nil
}

func (dc *delayedCall) Delay(d time.Duration) error {
	if err := dc.err(); err != nil {
		return err
	}
	dc.Rearm(dc.when + d - dc.clock.elapsed)
	return nil
}

func (dc *delayedCall) Rearm(d time.Duration) {
	dc.remove()
	dc.clock.schedule(dc, d)
}

func (dc *delayedCall) Active() bool    { return dc.state == waiting || dc.state == inBatch }
func (dc *delayedCall) Time() time.Time { return Epoch.Add(dc.when) }

// remove takes dc out of the clock's queue. One in the batch is passed over by its state.
func (dc *delayedCall) remove() {
	if dc.state != waiting {
		return
	}
	i := slices.Index(dc.clock.pending, dc)
	dc.clock.pending = slices.Delete(dc.clock.pending, i, i+1)
}

func (dc *delayedCall) run() {
	if dc.created != nil {
		defer func() {
			if v := recover(); v != nil {
				panic(&TimerPanic{Value: v, Stack: debug.Stack(), Created: dc.created})
			}
		}()
	}
	dc.f()
}

// A TimerPanic is the value of a panic in a delayed call of a [Clock] with Debug. Twisted: DelayedCall.debug.
type TimerPanic struct {
	Value   any    // what the call panicked with
	Stack   []byte // where it did
	Created []byte // where the call was scheduled
}

// Error shows the value and both places.
func (e *TimerPanic) Error() string {
	return fmt.Sprintf("panic in a delayed call: %v\n\n%s\nscheduled by:\n%s", e.Value, e.Stack, e.Created)
}

// Unwrap returns the value if it is an error.
func (e *TimerPanic) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
