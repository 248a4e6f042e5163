// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Deferred is a result that may still be to come, a value of type T or an error, and the chain of callbacks that it runs through. It is made by New and its
// kin and must not be copied. All methods except Wait are loop only. Twisted: Deferred.
type Deferred[T any] struct {
	loop   protocol.Loop // Immutable; may be nil.
	val    T             // with err the present result, once fired
	err    error
	slots  [2]step[T] // the first steps of the chain
	x      *extra[T]  // what few Deferreds need; may be nil
	origin any        // who is asked to cancel: cancelFunc[T] or a canceler; while waiting the Deferred that is waited for
	pauses int32      // calls of Pause less those of Unpause
	flags  flag
	n      uint8 // slots in use
}

type flag uint8

const (
	fired      flag = 1 << iota // has a result, or waits for another Deferred that will have it
	running                     // advance is at work on it, here or further down the stack
	waiting                     // a callback returned a Deferred that has no result yet
	suppress                    // the next call of Callback or Errback is swallowed
	cancelling                  // the canceller is at work
	shared                      // a fork has the result too: an error counts as handled
)

// extra holds what few Deferreds need. It is never shared, so it is collected with its Deferred: the report of unhandled errors hangs on that.
type extra[T any] struct {
	more      []step[T] // the steps after those in slots
	first     [2]step[T]
	unhandled unhandled
	created   Stack // where the Deferred was made and first fired; only when debugging
	firedAt   Stack
}

func (d *Deferred[T]) extra() *extra[T] {
	if d.x == nil {
		d.x = new(extra[T])
		d.x.more = d.x.first[:0]
	}
	return d.x
}

// New returns a Deferred that has not fired. loop is the loop on which it is used; it may be nil, which only restricts [Deferred.Wait]. Cancelling it fails it
// with [ErrCancelled] and makes it swallow the Callback or Errback that may still come.
func New[T any](loop protocol.Loop) *Deferred[T] {
	d := &Deferred[T]{loop: loop}
	if debug.Load() {
		d.extra().created = callers(1)
	}
	return d
}

// NewCancellable is New with a canceller, which Cancel calls, once, while d has not fired. It should stop the work and may fire d; if it doesn't, d fails with
// [ErrCancelled]. A Callback or Errback after that is an error.
func NewCancellable[T any](loop protocol.Loop, canceller func(d *Deferred[T])) *Deferred[T] {
	d := New[T](loop)
	if canceller != nil {
		d.origin = cancelFunc[T](canceller)
	}
	return d
}

// Succeed returns a Deferred that has fired with v. It knows no loop; see [SucceedOn].
func Succeed[T any](v T) *Deferred[T] { return SucceedOn(nil, v) }

// Fail returns a Deferred that has fired with err, which must not be nil. It knows no loop; see [FailOn].
func Fail[T any](err error) *Deferred[T] { return FailOn[T](nil, err) }

// SucceedOn returns a Deferred of loop that has fired with v.
func SucceedOn[T any](loop protocol.Loop, v T) *Deferred[T] {
	d := New[T](loop)
	d.fire(v, nil)
	return d
}

// FailOn returns a Deferred of loop that has fired with err, which must not be nil.
func FailOn[T any](loop protocol.Loop, err error) *Deferred[T] {
	d := New[T](loop)
	d.fire(d.zero(), mustError(err))
	return d
}

// Execute calls f now and returns a Deferred of loop that has fired with its result. A panic in f becomes a [*Failure]. Twisted: execute, maybeDeferred.
func Execute[T any](loop protocol.Loop, f func() (T, error)) *Deferred[T] {
	d := New[T](loop)
	d.fire(protect(f))
	return d
}

// ExecuteD calls f now and returns what it returned. A panic in f becomes a Deferred that failed with a [*Failure], and a nil Deferred one that fired with the
// zero value.
func ExecuteD[T any](loop protocol.Loop, f func() *Deferred[T]) *Deferred[T] {
	d, err := protect(func() (*Deferred[T], error) { return f(), nil })
	switch {
	case err != nil:
		return FailOn[T](loop, err)
	case d == nil:
		d = New[T](loop)
		d.fire(d.zero(), nil)
	}
	return d
}

// Callback fires d with v: the callbacks run now, before Callback returns, unless d is paused. A Deferred fires once: the second time nothing happens and an
// [*AlreadyCalledError] is returned. The first call after a Cancel without a canceller is swallowed.
func (d *Deferred[T]) Callback(v T) error {
	loopcheck.Check(d.loop, "deferred: Callback")
	if d.flags&fired != 0 {
		return d.again()
	}
	d.fire(v, nil)
	return nil
}

// Errback fires d with err, which must not be nil, as Callback does with a value.
func (d *Deferred[T]) Errback(err error) error {
	loopcheck.Check(d.loop, "deferred: Errback")
	mustError(err)
	if d.flags&fired != 0 {
		return d.again()
	}
	d.fire(d.zero(), err)
	return nil
}

// Called reports whether d has fired. Its callbacks may still be waiting for another Deferred or for Unpause.
func (d *Deferred[T]) Called() bool { return d.flags&fired != 0 }

// Paused reports whether callbacks are held up by Pause.
func (d *Deferred[T]) Paused() bool { return d.pauses > 0 }

// Peek returns the present result without taking it; ok is false when there is none: d has not fired, is paused, is at work, or waits for another Deferred. It
// doesn't count as handling an error.
func (d *Deferred[T]) Peek() (r Result[T], ok bool) {
	if !d.settled() {
		return r, false
	}
	return Result[T]{d.val, d.err}, true
}

// Loop returns the loop given to New. Safe from any goroutine.
func (d *Deferred[T]) Loop() protocol.Loop { return d.loop }

// A Result is how a Deferred ended: Err is nil when Value holds.
type Result[T any] struct {
	Value T
	Err   error
}

func (d *Deferred[T]) fire(v T, err error) {
	d.flags |= fired
	d.origin = nil
	if debug.Load() {
		d.extra().firedAt = callers(2)
	}
	d.set(v, err)
	if d.n > 0 || err != nil {
		d.drain()
	}
}

func (d *Deferred[T]) again() error {
	if d.flags&suppress != 0 {
		d.flags &^= suppress
		return nil
	}
	e := new(AlreadyCalledError)
	if d.x != nil {
		e.Created, e.Fired = d.x.created, d.x.firedAt
	}
	if debug.Load() {
		e.Again = callers(2)
	}
	return e
}

// set makes v or err the result. A value that comes with an error is dropped.
func (d *Deferred[T]) set(v T, err error) {
	if err != nil {
		v = d.zero()
	}
	d.val, d.err = v, err
}

func (d *Deferred[T]) zero() (v T) { return v }

// take returns the result and leaves the zero value and nil: results move.
func (d *Deferred[T]) take() (v T, err error) {
	v, err = d.val, d.err
	d.val, d.err = d.zero(), nil
	d.disarm()
	return v, err
}

func mustError(err error) error {
	if err == nil {
		panic("deferred: Errback or Fail with a nil error")
	}
	return err
}
