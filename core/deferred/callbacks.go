// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"log/slog"

	"github.com/torsion-go/torsion/core/internal/loopcheck"
)

type (
	okFunc[T any]    func(T) (T, error)
	badFunc[T any]   func(error) (T, error)
	bothFunc[T any]  func(T, error) (T, error)
	doneFunc[T any]  func(T, error)
	okDFunc[T any]   func(T) *Deferred[T]
	badDFunc[T any]  func(error) *Deferred[T]
	bothDFunc[T any] func(T, error) *Deferred[T]
)

func (f okFunc[T]) run(d *Deferred[T], bad func(error) (T, error)) runnable {
	switch {
	case d.err == nil:
		d.set(f(d.val))
	case bad != nil:
		d.set(bad(d.err))
	}
	return nil
}

func (f badFunc[T]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	if d.err != nil {
		d.set(f(d.err))
	}
	return nil
}

func (f bothFunc[T]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	d.set(f(d.val, d.err))
	return nil
}

func (f doneFunc[T]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	f(d.take())
	return nil
}

func (f okDFunc[T]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	if d.err == nil {
		d.follow(f(d.val))
	}
	return nil
}

func (f badDFunc[T]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	if d.err != nil {
		d.follow(f(d.err))
	}
	return nil
}

func (f bothDFunc[T]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	d.follow(f(d.val, d.err))
	return nil
}

// AddCallbacks adds one step to the chain: ok is called if the result so far is a value, bad if it is an error; what it returns is the result from there on.
// An error of ok is not seen by the bad of the same step. A nil function passes the result on. If d has fired and its chain is idle, the step runs before
// AddCallbacks returns; while a callback of d runs, new steps queue behind. A panic becomes a [*Failure]. Returns d. Loop only.
func (d *Deferred[T]) AddCallbacks(ok func(T) (T, error), bad func(error) (T, error)) *Deferred[T] {
	if ok == nil {
		return d.AddErrback(bad)
	}
	loopcheck.Check(d.loop, "deferred: AddCallbacks")
	d.add(step[T]{okFunc[T](ok), bad})
	return d
}

// AddCallback adds a step that is taken if the result so far is a value; see [Deferred.AddCallbacks].
func (d *Deferred[T]) AddCallback(ok func(T) (T, error)) *Deferred[T] {
	return d.AddCallbacks(ok, nil)
}

// AddErrback adds a step that is taken if the result so far is an error; see [Deferred.AddCallbacks]. Returning the same error passes it on; with errors.As it
// is Twisted's trap.
func (d *Deferred[T]) AddErrback(bad func(error) (T, error)) *Deferred[T] {
	loopcheck.Check(d.loop, "deferred: AddErrback")
	if bad != nil {
		d.add(step[T]{do: badFunc[T](bad)})
	}
	return d
}

// AddBoth adds a step that is taken in either case; see [Deferred.AddCallbacks].
func (d *Deferred[T]) AddBoth(f func(T, error) (T, error)) *Deferred[T] {
	loopcheck.Check(d.loop, "deferred: AddBoth")
	d.add(step[T]{do: bothFunc[T](f)})
	return d
}

// AddCallbackD is AddCallback for a function that returns a Deferred: d then waits for it and takes its result, which moves: callbacks that are added to the
// inner Deferred later see the zero value and nil. Returning nil stands for the zero value, returning d itself is [ErrSelf].
func (d *Deferred[T]) AddCallbackD(ok func(T) *Deferred[T]) *Deferred[T] {
	loopcheck.Check(d.loop, "deferred: AddCallbackD")
	d.add(step[T]{do: okDFunc[T](ok)})
	return d
}

// AddErrbackD is AddErrback for a function that returns a Deferred; see [Deferred.AddCallbackD].
func (d *Deferred[T]) AddErrbackD(bad func(error) *Deferred[T]) *Deferred[T] {
	loopcheck.Check(d.loop, "deferred: AddErrbackD")
	d.add(step[T]{do: badDFunc[T](bad)})
	return d
}

// AddBothD is AddBoth for a function that returns a Deferred; see [Deferred.AddCallbackD].
func (d *Deferred[T]) AddBothD(f func(T, error) *Deferred[T]) *Deferred[T] {
	loopcheck.Check(d.loop, "deferred: AddBothD")
	d.add(step[T]{do: bothDFunc[T](f)})
	return d
}

// Done adds the last consumer: f takes the result, an error counts as handled, and later steps see the zero value and nil.
func (d *Deferred[T]) Done(f func(T, error)) {
	loopcheck.Check(d.loop, "deferred: Done")
	d.add(step[T]{do: doneFunc[T](f)})
}

// ChainDeferred takes the result of d and fires other with it. If other has fired already the result is dropped. Twisted: chainDeferred.
func (d *Deferred[T]) ChainDeferred(other *Deferred[T]) {
	loopcheck.Check(d.loop, "deferred: ChainDeferred")
	d.add(step[T]{do: (*forward[T])(other)})
}

// forward is a Deferred that another one fires: the step that does so.
type forward[T any] Deferred[T]

func (f *forward[T]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	other := (*Deferred[T])(f)
	v, err := d.take()
	return other.start(v, err)
}

// start is fire for a step, which hands d over to drain instead of running it.
func (d *Deferred[T]) start(v T, err error) runnable {
	if d.flags&fired != 0 {
		d.flags &^= suppress
		return nil
	}
	d.flags |= fired
	d.origin = nil
	if debug.Load() {
		d.extra().firedAt = callers(2)
	}
	d.set(v, err)
	return d
}

// LogError returns an errback that logs the error with l and passes it on. A nil l is slog.Default(). Twisted: logError.
func LogError[T any](l *slog.Logger) func(error) (T, error) {
	return func(err error) (zero T, _ error) {
		if l == nil {
			l = slog.Default()
		}
		l.Error("deferred: error", "error", err)
		return zero, err
	}
}
