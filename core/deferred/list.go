// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"fmt"
	"iter"
	"slices"

	"github.com/torsion-go/torsion/core/protocol"
)

// ListOptions tells when [List] fires. The zero ListOptions waits for all, never fails, and leaves errors to the members.
type ListOptions struct {
	// FireOnOneCallback fires with the first value that a member has.
	FireOnOneCallback bool
	// FireOnOneErrback fails with a *FirstError for the first error that a member has.
	FireOnOneErrback bool
	// ConsumeErrors counts the errors of the members as handled: later callbacks on them see the zero value and nil. Otherwise each stays on its member, and is
	// reported if nobody handles it there.
	ConsumeErrors bool
}

// A ListResult is the result of [List].
type ListResult[T any] struct {
	// Index tells which member FireOnOneCallback fired for; it is -1 when all are done.
	Index int
	// Results has the results of all members in the order of the arguments, or of member Index alone.
	Results Results[T]
}

// Results are the results of several Deferreds, in the order of the arguments.
type Results[T any] []Result[T]

// All ranges over the values and errors.
func (rs Results[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, r := range rs {
			if !yield(r.Value, r.Err) {
				return
			}
		}
	}
}

// A FirstError is the failure of [Gather], and of [List] with FireOnOneErrback. Twisted: FirstError.
type FirstError struct {
	Index int // which argument failed
	Err   error
}

// Error tells the index and the error.
func (e *FirstError) Error() string {
	return fmt.Sprintf("deferred: number %d failed: %v", e.Index, e.Err)
}

// Unwrap returns the error.
func (e *FirstError) Unwrap() error { return e.Err }

// List waits for several Deferreds, the members. It is the general form of All, Gather and First. Values stay on the members for their later callbacks. Cancelling
// the list cancels every member. An empty list fires at once, except with FireOnOneCallback, where it fails with [ErrEmpty]. The loop is that of the first member that
// has one. Loop only. Twisted: DeferredList.
func List[T any](ds []*Deferred[T], o ListOptions) *Deferred[ListResult[T]] {
	ds = slices.Clone(ds)
	l := &list[T]{o: o, results: make(Results[T], len(ds)), left: len(ds)}
	l.out = listOf[ListResult[T]](ds)
	switch {
	case len(ds) > 0:
		for i, d := range ds {
			d.AddBoth(func(v T, err error) (T, error) { return l.member(i, v, err) })
		}
	case o.FireOnOneCallback:
		l.out.resolve(ListResult[T]{}, ErrEmpty)
	default:
		l.out.resolve(ListResult[T]{Index: -1, Results: l.results}, nil)
	}
	return l.out
}

type list[T any] struct {
	o       ListOptions
	out     *Deferred[ListResult[T]]
	results Results[T]
	left    int
}

func (l *list[T]) member(i int, v T, err error) (T, error) {
	l.results[i] = Result[T]{v, err}
	l.left--
	switch {
	case err == nil && l.o.FireOnOneCallback:
		l.fire(ListResult[T]{i, l.results[i : i+1]}, nil)
	case err != nil && l.o.FireOnOneErrback:
		l.fire(ListResult[T]{}, &FirstError{i, err})
	case l.left == 0:
		l.fire(ListResult[T]{-1, l.results}, nil)
	}
	if l.o.ConsumeErrors {
		err = nil
	}
	return v, err
}

func (l *list[T]) fire(r ListResult[T], err error) {
	if !l.out.Called() {
		l.out.resolve(r, err)
	}
}

// listOf returns the Deferred of a list, which cancels all members.
func listOf[R, T any](ds []*Deferred[T]) *Deferred[R] {
	var loop protocol.Loop
	for _, d := range ds {
		if d.loop != nil {
			loop = d.loop
			break
		}
	}
	d := New[R](loop)
	d.origin = members[T](ds)
	return d
}

// members are the Deferreds of a list. Cancelling the list is a matter between them: its result is what they make of that.
type members[T any] []*Deferred[T]

func (ms members[T]) cancelStep() canceler {
	for _, d := range ms {
		d.Cancel()
	}
	return nil
}

// All waits for all and never fails: each result has its value or error. Errors count as handled. See [List].
func All[T any](ds ...*Deferred[T]) *Deferred[Results[T]] {
	return Then(List(ds, ListOptions{ConsumeErrors: true}), func(r ListResult[T]) (Results[T], error) {
		return r.Results, nil
	})
}

// Gather waits for the values of all, in order, and fails at the first error, with a [*FirstError]; the others keep running, and their errors count as handled.
// See [List]. Twisted: gatherResults.
func Gather[T any](ds ...*Deferred[T]) *Deferred[[]T] {
	return Then(List(ds, ListOptions{FireOnOneErrback: true, ConsumeErrors: true}), func(r ListResult[T]) ([]T, error) {
		vs := make([]T, len(r.Results))
		for i, m := range r.Results {
			vs[i] = m.Value
		}
		return vs, nil
	})
}
