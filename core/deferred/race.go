// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"fmt"
	"slices"
	"strings"
)

// A Winner is the first value among several, and whose it was.
type Winner[T any] struct {
	Index int
	Value T
}

// A GroupError has the errors of all, in the order of the arguments, when none had a value. Twisted: FailureGroup.
type GroupError struct{ Errs []error }

// Error joins the texts.
func (e *GroupError) Error() string {
	texts := make([]string, len(e.Errs))
	for i, err := range e.Errs {
		texts[i] = err.Error()
	}
	return fmt.Sprintf("deferred: all %d failed: %s", len(texts), strings.Join(texts, "; "))
}

// Unwrap returns the errors.
func (e *GroupError) Unwrap() []error { return e.Errs }

// First returns the first value that one of ds has. The others keep running, and their results are dropped: errors count as handled. When all fail, the error is
// a [*GroupError]; of nothing it is [ErrEmpty]. Cancelling it cancels all. Loop only.
func First[T any](ds ...*Deferred[T]) *Deferred[Winner[T]] {
	return Then(List(ds, ListOptions{FireOnOneCallback: true, ConsumeErrors: true}), func(r ListResult[T]) (w Winner[T], err error) {
		if r.Index >= 0 {
			return Winner[T]{r.Index, r.Results[0].Value}, nil
		}
		group := new(GroupError)
		for _, m := range r.Results {
			group.Errs = append(group.Errs, m.Err)
		}
		return w, group
	})
}

// Race is First, but cancels the others as soon as one has a value. It takes the results of ds. Loop only. Twisted: race.
func Race[T any](ds ...*Deferred[T]) *Deferred[Winner[T]] {
	ds = slices.Clone(ds)
	out := listOf[Winner[T]](ds)
	if len(ds) == 0 {
		out.resolve(Winner[T]{}, ErrEmpty)
		return out
	}
	errs := make([]error, len(ds))
	left, won := len(ds), false
	for i, d := range ds {
		d.Done(func(v T, err error) {
			left--
			switch {
			case won:
			case err == nil:
				won = true
				for j, other := range ds {
					if j != i {
						other.Cancel()
					}
				}
				out.resolve(Winner[T]{i, v}, nil)
			default:
				if errs[i] = err; left == 0 {
					out.resolve(Winner[T]{}, &GroupError{errs})
				}
			}
		})
	}
	return out
}
