// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// SuccessResultOf returns the value of a Deferred that has succeeded already, and takes it. A failed or pending Deferred ends the test. Twisted: successResultOf.
func SuccessResultOf[T any](t testing.TB, d *deferred.Deferred[T]) T {
	t.Helper()
	r, ok := d.Peek()
	switch {
	case !ok:
		t.Fatalf("Success result expected on %s, found no result instead%s", name(d), madeAt(d))
	case r.Err != nil:
		d.Done(func(T, error) {}) // it is told here
		t.Fatalf("Success result expected on %s, found failure result instead:\n%s", name(d), traceback(r.Err))
	}
	d.Done(func(v T, _ error) { r.Value = v })
	return r.Value
}

// FailureResultOf returns the error of a Deferred that has failed already, and takes it. A Deferred that has succeeded, is pending, or has failed with an error that matches none of the targets, if there are any,
// ends the test; see [Type]. Twisted: failureResultOf.
func FailureResultOf[T any](t testing.TB, d *deferred.Deferred[T], targets ...error) error {
	t.Helper()
	r, ok := d.Peek()
	switch {
	case !ok:
		t.Fatalf("Failure result expected on %s, found no result instead%s", name(d), madeAt(d))
	case r.Err == nil:
		t.Fatalf("Failure result expected on %s, found success result (%#v) instead", name(d), r.Value)
	}
	d.Done(func(T, error) {})
	if len(targets) > 0 && !matches(r.Err, targets) {
		t.Fatalf("Failure of type (%s) expected on %s, found %T instead:\n%s", names(targets), name(d), plain(r.Err), traceback(r.Err))
	}
	return r.Err
}

// AssertNoResult ends the test if d has a result already. It takes no value: what is there, or comes, is for later callbacks. Twisted: assertNoResult.
func AssertNoResult[T any](t testing.TB, d *deferred.Deferred[T]) {
	t.Helper()
	r, ok := d.Peek()
	switch {
	case ok && r.Err != nil:
		d.Done(func(T, error) {}) // it is told here
		t.Fatalf("No result expected on %s, found failure result instead:\n%s", name(d), traceback(r.Err))
	case ok:
		t.Fatalf("No result expected on %s, found %#v instead", name(d), r.Value)
	}
}

// AssertFailure takes the result of d when it comes and returns a Deferred that fires with its error. If d succeeds, or fails with an error that matches none of the targets, if there are any, the
// test fails, and so does the Deferred that is returned. Twisted: assertFailure.
func AssertFailure[T any](t testing.TB, d *deferred.Deferred[T], targets ...error) *deferred.Deferred[error] {
	t.Helper()
	what := name(d)
	return deferred.ThenBoth(d, func(v T, err error) (error, error) {
		t.Helper()
		switch {
		case err == nil:
			return nil, failAssertion(t, fmt.Sprintf("%s expected to fail%s, succeeded with %#v instead", what, with(targets), v))
		case len(targets) > 0 && !matches(err, targets):
			return nil, failAssertion(t, fmt.Sprintf("%s expected to fail%s, failed with %T instead:\n%s", what, with(targets), plain(err), traceback(err)))
		}
		return err, nil
	})
}

func failAssertion(t testing.TB, text string) error {
	t.Helper()
	t.Error(text)
	return &assertionError{text}
}

// An assertionError is the failure of an assertion that the test has been told.
type assertionError struct{ text string }

func (e *assertionError) Error() string { return e.text }

func name[T any](d *deferred.Deferred[T]) string { return fmt.Sprintf("%T", d) }

func madeAt[T any](d *deferred.Deferred[T]) string {
	if s := d.Created(); s != nil {
		return "; it was made at\n" + indent(origin(s))
	}
	return ""
}

// traceback returns the text of an error, with its stack if it is known.
func traceback(err error) string {
	if f, ok := protocol.As[*deferred.Failure](err); ok {
		return err.Error() + "\n\n" + belowTest(f.Stack.String())
	}
	return err.Error()
}

// plain returns the error inside of a Failure.
func plain(err error) error {
	if f, ok := err.(*deferred.Failure); ok && f.Err != nil {
		return f.Err
	}
	return err
}

func with(targets []error) string {
	if len(targets) == 0 {
		return ""
	}
	return " with (" + names(targets) + ")"
}

// names lists targets.
func names(targets []error) string {
	text := ""
	for i, t := range targets {
		if i > 0 {
			text += " or "
		}
		text += fmt.Sprint(t)
	}
	return text
}
