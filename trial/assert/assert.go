// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package assert

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/assert/match"
	"github.com/torsion-go/torsion/trial/diff"
)

// Check returns a t on which assertions that do not hold are reported, and the test goes on.
func Check(t testing.TB) testing.TB { return check{t} }

type check struct{ testing.TB }

func (c check) Fatalf(format string, args ...any) {
	c.TB.Helper()
	c.TB.Errorf(format, args...)
}

func (c check) Fatal(args ...any) {
	c.TB.Helper()
	c.TB.Error(args...)
}

func (c check) FailNow() { c.TB.Fail() }

// fail ends the test with text behind the caller's message.
func fail(t testing.TB, message []any, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	if len(message) > 0 {
		said := fmt.Sprint(message[0])
		if f, ok := message[0].(string); ok && len(message) > 1 {
			said = fmt.Sprintf(f, message[1:]...)
		}
		text = said + ": " + text
	}
	t.Fatalf("%s", text)
}

// Equal checks that got is equal to want, as diff.Equal has it, and returns got. Twisted: assertEqual.
func Equal[T any](t testing.TB, got, want T, message ...any) T {
	t.Helper()
	if d := diff.Diff(want, got); d != "" {
		fail(t, message, "%s", differ(d))
	}
	return got
}

// EqualBy is Equal with options.
func EqualBy[T any](t testing.TB, got, want T, opts ...diff.Option) T {
	t.Helper()
	if d := diff.Diff(want, got, opts...); d != "" {
		fail(t, nil, "%s", differ(d))
	}
	return got
}

// differ puts two short values on one line.
func differ(d string) string {
	if lines := strings.Split(d, "\n"); len(lines) == 2 && len(d) < 80 && strings.HasPrefix(lines[0], "- ") && strings.HasPrefix(lines[1], "+ ") {
		return "got " + lines[1][2:] + ", want " + lines[0][2:]
	}
	return "not as wanted (-want +got):\n" + d
}

// NotEqual checks that first and second are not equal, and returns first. Twisted: assertNotEqual.
func NotEqual[T any](t testing.TB, first, second T, message ...any) T {
	t.Helper()
	if diff.Equal(second, first) {
		fail(t, message, "%s is equal to what it should differ from", diff.Format(first))
	}
	return first
}

// Same checks that first and second are one: the same pointer, map, channel, function or slice, or else values that are equal by ==. It returns first. Twisted: assertIs.
func Same[T any](t testing.TB, first, second T, message ...any) T {
	t.Helper()
	if !same(first, second) {
		note := ""
		switch {
		case reflect.TypeOf(first) != reflect.TypeOf(second):
			note = fmt.Sprintf(": it is of type %T, not %T", first, second)
		case diff.Equal(second, first):
			note = ", though equal to it"
		}
		fail(t, message, "%s is not the same as %s%s", diff.Format(first), diff.Format(second), note)
	}
	return first
}

// NotSame is the opposite of Same. Twisted: assertIsNot.
func NotSame[T any](t testing.TB, first, second T, message ...any) T {
	t.Helper()
	if same(first, second) {
		fail(t, message, "%s is the very value that it should not be", diff.Format(first))
	}
	return first
}

func same(first, second any) bool {
	a, b := reflect.ValueOf(first), reflect.ValueOf(second)
	if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
		return a.IsValid() == b.IsValid() && !a.IsValid()
	}
	switch a.Kind() {
	case reflect.Slice:
		return a.Pointer() == b.Pointer() && a.Len() == b.Len() && a.IsNil() == b.IsNil()
	case reflect.Map, reflect.Func:
		return a.Pointer() == b.Pointer()
	}
	return a.Comparable() && b.Comparable() && a.Equal(b)
}

// True checks that condition is true, and returns it. Twisted: assertTrue, assert_.
func True(t testing.TB, condition bool, message ...any) bool {
	t.Helper()
	if !condition {
		fail(t, message, "it is not true")
	}
	return condition
}

// False checks that condition is false, and returns it. Twisted: assertFalse.
func False(t testing.TB, condition bool, message ...any) bool {
	t.Helper()
	if condition {
		fail(t, message, "it is not false")
	}
	return condition
}

// IsType checks that v is a T, or implements it, and returns it as that. Twisted: assertIsInstance.
func IsType[T any](t testing.TB, v any, message ...any) T {
	t.Helper()
	x, ok := v.(T)
	if !ok {
		fail(t, message, "%s, of type %T, is no %v", diff.Format(v), v, reflect.TypeFor[T]())
	}
	return x
}

// NotType checks that v is no T, and returns it. Twisted: assertNotIsInstance.
func NotType[T any](t testing.TB, v any, message ...any) any {
	t.Helper()
	if _, ok := v.(T); ok {
		fail(t, message, "%s is of type %T, which should not be %v", diff.Format(v), v, reflect.TypeFor[T]())
	}
	return v
}

// That checks that v matches m, and returns v.
func That[T any](t testing.TB, v T, m match.Matcher[T], message ...any) T {
	t.Helper()
	if why := m.Mismatch(v); why != "" {
		fail(t, message, "%s", why)
	}
	return v
}
