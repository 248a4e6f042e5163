// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"errors"
	"time"
)

// A Clock tells the time and calls functions later. Loops are clocks; protocoltest.Clock is one that tests move by hand.
// Twisted: IReactorTime. Its methods are loop only.
type Clock interface {
	// Now returns the time, with a monotonic reading on real clocks. A loop reads its clock once a pass, so Now is cheap and steady within a callback.
	Now() time.Time
	// CallLater calls f on the loop when d has passed: never earlier, never inside CallLater, and, even with d at or below 0, not in the pass of
	// the loop that is under way. Calls that fall due at the same time run in the order in which they were made.
	CallLater(d time.Duration, f func()) DelayedCall
}

// A DelayedCall is a call that a [Clock] will make. Twisted: IDelayedCall. Its methods are loop only.
type DelayedCall interface {
	// Cancel forgets the call. It returns ErrAlreadyCalled or ErrAlreadyCancelled when there is nothing to forget.
	Cancel() error
	// Reset moves the call to d from now, earlier or later than it was. Errors as Cancel.
	Reset(d time.Duration) error
	// Delay moves the call by d from when it was due; d may be negative. Errors as Cancel.
	Delay(d time.Duration) error
	// Rearm schedules the call for d from now whatever its state, a call that ran or was cancelled included. It allocates nothing.
	Rearm(d time.Duration)
	// Active reports whether the call is still to come.
	Active() bool
	// Time returns when the call is or was due.
	Time() time.Time
}

// The errors of [DelayedCall].
var (
	ErrAlreadyCalled    = errors.New("protocol: delayed call has already run")
	ErrAlreadyCancelled = errors.New("protocol: delayed call has already been cancelled")
)

// A Loop runs callbacks one at a time on one goroutine. A connection, its timers and its Deferreds belong to one Loop.
type Loop interface {
	Clock
	// CallFromThread calls f on the loop, soon, after what was posted before. It is the only door into a loop. A loop that has ended never runs f. Safe from
	// any goroutine.
	CallFromThread(f func())
	// OnLoop reports whether the caller runs on this loop. Safe from any goroutine.
	OnLoop() bool
	// Done is closed when the loop has ended and will run nothing more. Safe from any goroutine.
	Done() <-chan struct{}
}
