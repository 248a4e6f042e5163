// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// Then returns a Deferred of another type: f makes its value from that of d, and an error of d becomes its error. It takes the result of d, whose later
// callbacks see the zero value and nil. Cancelling it cancels d. Loop only.
func Then[T, U any](d *Deferred[T], f func(T) (U, error)) *Deferred[U] {
	loopcheck.Check(d.loop, "deferred: Then")
	t := &then[T, U]{f: f}
	t.out.init(d.loop, d)
	d.add(step[T]{do: t})
	return &t.out
}

// ThenBoth is Then for a function that gets either result.
func ThenBoth[T, U any](d *Deferred[T], f func(T, error) (U, error)) *Deferred[U] {
	loopcheck.Check(d.loop, "deferred: ThenBoth")
	t := &thenBoth[T, U]{f: f}
	t.out.init(d.loop, d)
	d.add(step[T]{do: t})
	return &t.out
}

// ThenD is Then for a function that returns a Deferred. Cancelling the result cancels d, or, once f has been called, what f returned. A nil Deferred stands for
// the zero value.
func ThenD[T, U any](d *Deferred[T], f func(T) *Deferred[U]) *Deferred[U] {
	loopcheck.Check(d.loop, "deferred: ThenD")
	t := &thenD[T, U]{f: f}
	t.out.init(d.loop, d)
	d.add(step[T]{do: t})
	return &t.out
}

type then[T, U any] struct {
	out Deferred[U]
	f   func(T) (U, error)
}

func (t *then[T, U]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	v, err := d.take()
	if err != nil {
		return t.out.start(t.out.zero(), err)
	}
	u, err := protect1(t.f, v)
	return t.out.start(u, err)
}

type thenBoth[T, U any] struct {
	out Deferred[U]
	f   func(T, error) (U, error)
}

func (t *thenBoth[T, U]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	v, err := d.take()
	u, err := protect(func() (U, error) { return t.f(v, err) })
	return t.out.start(u, err)
}

type thenD[T, U any] struct {
	out Deferred[U]
	f   func(T) *Deferred[U]
}

func (t *thenD[T, U]) run(d *Deferred[T], _ func(error) (T, error)) runnable {
	v, err := d.take()
	var inner *Deferred[U]
	if err == nil {
		inner, err = protect1(func(v T) (*Deferred[U], error) { return t.f(v), nil }, v)
	}
	out := t.out.start(t.out.zero(), err)
	if out != nil && err == nil {
		t.out.follow(inner)
	}
	return out
}

// init prepares a Deferred that is part of a larger value and whose cancelling is a matter of origin.
func (d *Deferred[T]) init(loop protocol.Loop, origin canceler) {
	d.loop, d.origin = loop, origin
	if debug.Load() {
		d.extra().created = callers(2)
	}
}
