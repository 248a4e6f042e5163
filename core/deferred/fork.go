// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import "github.com/torsion-go/torsion/core/internal/loopcheck"

// Fork returns a Deferred that fires with the present or next result of d, while d keeps it: any number of those who come later may fork d again. It is for code that handles
// Deferreds of any type: interface{ Fork() *Deferred[any] } is a Deferred. An error of d counts as handled. Cancelling the fork cancels d. Loop only.
func (d *Deferred[T]) Fork() *Deferred[any] {
	loopcheck.Check(d.loop, "deferred: Fork")
	d.flags |= shared
	if d.settled() {
		v, err := d.val, d.err
		d.disarm()
		if err != nil {
			return FailOn[any](d.loop, err)
		}
		return SucceedOn[any](d.loop, v)
	}
	out := NewCancellable(d.loop, func(*Deferred[any]) { d.Cancel() })
	d.AddBoth(func(v T, err error) (T, error) {
		if out.flags&fired == 0 {
			out.resolve(v, err)
		}
		return v, err
	})
	return out
}
