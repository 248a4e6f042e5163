// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// AddTimeout cancels d if the chain as it is now has no result after timeout, and makes a [*TimeoutError] of the ErrCancelled that follows. A result that comes
// earlier removes the timer; other errors, and values, pass unchanged, also those that a callback or canceller makes of the cancelling. clock may be nil for
// d's own loop. Returns d. Loop only.
func (d *Deferred[T]) AddTimeout(timeout time.Duration, clock protocol.Clock) *Deferred[T] {
	return d.AddTimeoutFunc(timeout, clock, func(v T, err error, after time.Duration) (T, error) {
		if errors.Is(err, ErrCancelled) {
			err = &TimeoutError{After: after}
		}
		return v, err
	})
}

// AddTimeoutFunc is AddTimeout, but when the time ran out onTimeoutCancel gets the result that followed and decides on the one to go on with.
func (d *Deferred[T]) AddTimeoutFunc(timeout time.Duration, clock protocol.Clock, onTimeoutCancel func(v T, err error, after time.Duration) (T, error)) *Deferred[T] {
	if clock == nil {
		clock = d.loop
	}
	timedOut := false
	call := clock.CallLater(timeout, func() {
		timedOut = true
		d.Cancel()
	})
	return d.AddBoth(func(v T, err error) (T, error) {
		if timedOut {
			return onTimeoutCancel(v, err, timeout)
		}
		call.Cancel()
		return v, err
	})
}
