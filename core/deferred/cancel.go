// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import "github.com/torsion-go/torsion/core/internal/loopcheck"

// A canceler is what a Deferred hands its cancelling on to. cancelStep does its part and returns the next one, or nil: a chain of Deferreds is cancelled in a
// loop.
type canceler interface{ cancelStep() canceler }

type cancelFunc[T any] func(*Deferred[T])

// Cancel asks for the result to be given up. What happens depends:
//
//   - d has not fired and has a canceller: the canceller is called. If it doesn't fire d, d fails with [ErrCancelled].
//   - d has not fired and has no canceller: d fails with ErrCancelled, and one Callback or Errback that comes later is swallowed.
//   - d is the result of Then, of Go and the like: the cancelling is handed on to what that waits for.
//   - d has fired and waits for a Deferred that a callback returned: that one is cancelled.
//   - d has fired otherwise: nothing.
//
// A callback may turn the error into a value again: Cancel asks, it doesn't force. Loop only.
func (d *Deferred[T]) Cancel() {
	loopcheck.Check(d.loop, "deferred: Cancel")
	mark, steps, limit := canceler(d), 0, 2
	for c := d.cancelStep(); c != nil; c = c.cancelStep() {
		if c == mark {
			return // they wait for each other, for ever
		}
		if steps++; steps == limit { // the mark follows, so that it gets into any circle
			mark, steps, limit = c, 0, 2*limit
		}
	}
}

func (d *Deferred[T]) cancelStep() canceler {
	if d.flags&fired != 0 {
		if d.flags&waiting != 0 {
			return d.origin.(canceler)
		}
		return nil
	}
	var err error = ErrCancelled
	switch o := d.origin.(type) {
	case canceler:
		return o
	case cancelFunc[T]:
		if d.flags&cancelling != 0 {
			return nil
		}
		d.flags |= cancelling
		if _, perr := protect(func() (struct{}, error) { o(d); return struct{}{}, nil }); perr != nil {
			err = perr
		}
		d.flags &^= cancelling
	default:
		d.flags |= suppress
	}
	if d.flags&fired == 0 {
		d.fire(d.zero(), err)
	}
	return nil
}
