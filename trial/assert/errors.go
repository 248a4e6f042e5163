// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package assert

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/trial/diff"
)

// NoError checks that err is nil.
func NoError(t testing.TB, err error, message ...any) {
	t.Helper()
	if err != nil {
		fail(t, message, "%s", diff.Format(err))
	}
}

// ErrorIs checks that target is in the chain of err, as [errors.Is] has it, and returns err. Twisted: assertRaises, assertFailure.
func ErrorIs(t testing.TB, err, target error, message ...any) error {
	t.Helper()
	if !errors.Is(err, target) {
		fail(t, message, "the error is %s, want %s", diff.Format(err), diff.Format(target))
	}
	return err
}

// ErrorAs checks that there is a T in the chain of err, as [errors.As] has it, and returns it. Twisted: assertRaises.
func ErrorAs[T error](t testing.TB, err error, message ...any) T {
	t.Helper()
	var target T
	if !errors.As(err, &target) {
		fail(t, message, "the error is %s, want a %v", diff.Format(err), reflect.TypeFor[T]())
	}
	return target
}

// Panics checks that f panics, and returns with what. An f that ends its goroutine, as t.FailNow does, ends the test. Twisted: assertRaises.
func Panics(t testing.TB, f func(), message ...any) any {
	t.Helper()
	v, panicked := panicOf(f)
	if !panicked {
		fail(t, message, "no panic")
	}
	return v
}

func panicOf(f func()) (v any, panicked bool) {
	returned := false
	defer func() {
		if !returned {
			v = recover()
			panicked = v != nil
		}
	}()
	f()
	returned = true
	return nil, false
}

// A Clock is one that a test moves, such as protocoltest.Clock.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration)
	Calls() []protocol.DelayedCall
}

// maxPasses is how many delayed calls Eventually lets run.
const maxPasses = 10_000

// Eventually moves clock from one delayed call to the next until condition is true, and checks that it becomes so within a time, on that clock. No real time passes.
// Loop only.
func Eventually(t testing.TB, clock Clock, within time.Duration, condition func() bool, message ...any) {
	t.Helper()
	end := clock.Now().Add(within)
	for range maxPasses {
		clock.Advance(0)
		if condition() {
			return
		}
		left := end.Sub(clock.Now())
		if left <= 0 {
			fail(t, message, "not so after %v, with %d delayed calls to come", within, len(clock.Calls()))
			return
		}
		if calls := clock.Calls(); len(calls) > 0 {
			left = min(left, max(0, calls[0].Time().Sub(clock.Now())))
		}
		if left > 0 {
			clock.Advance(left)
			if condition() {
				return
			}
		}
	}
	fail(t, message, "not so after %d passes, at which %v were left", maxPasses, end.Sub(clock.Now()))
}
