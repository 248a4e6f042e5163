// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package assert

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/diff"
)

// In checks that container holds elem, and returns elem: a slice or array as an element, a map as a key, a string as a substring. Elements are compared as by Equal.
// Twisted: assertIn.
func In[T any](t testing.TB, elem T, container any, message ...any) T {
	t.Helper()
	if held, err := holds(container, elem); err != nil {
		fail(t, message, "%v", err)
	} else if !held {
		fail(t, message, "%s is not in %s", diff.Format(elem), diff.Format(container))
	}
	return elem
}

// NotIn is the opposite of In. Twisted: assertNotIn.
func NotIn[T any](t testing.TB, elem T, container any, message ...any) T {
	t.Helper()
	if held, err := holds(container, elem); err != nil {
		fail(t, message, "%v", err)
	} else if held {
		fail(t, message, "%s is in %s", diff.Format(elem), diff.Format(container))
	}
	return elem
}

func holds(container, elem any) (bool, error) {
	c := reflect.ValueOf(container)
	switch c.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range c.Len() {
			if diff.Equal(elem, c.Index(i).Interface()) {
				return true, nil
			}
		}
		return false, nil
	case reflect.Map:
		for it := c.MapRange(); it.Next(); {
			if diff.Equal(elem, it.Key().Interface()) {
				return true, nil
			}
		}
		return false, nil
	case reflect.String:
		if e := reflect.ValueOf(elem); e.Kind() == reflect.String {
			return strings.Contains(c.String(), e.String()), nil
		}
	}
	return false, fmt.Errorf("%T cannot hold %T: it takes a slice, an array, a map, or a string for a string", container, elem)
}

// Substring checks that s contains substring, and returns substring. Twisted: assertSubstring.
func Substring[S ~string | ~[]byte](t testing.TB, substring, s S, message ...any) S {
	t.Helper()
	if !strings.Contains(string(s), string(substring)) {
		fail(t, message, "%s is not in %s", diff.Format(substring), diff.Format(s))
	}
	return substring
}

// NotSubstring is the opposite of Substring. Twisted: assertNotSubstring.
func NotSubstring[S ~string | ~[]byte](t testing.TB, substring, s S, message ...any) S {
	t.Helper()
	if at := strings.Index(string(s), string(substring)); at >= 0 {
		fail(t, message, "%s is in %s, at byte %d", diff.Format(substring), diff.Format(s), at)
	}
	return substring
}

// almost is how far apart numbers may be that are equal when their difference is rounded to seven places.
const almost = 0.5e-7

// AlmostEqual checks that the difference of first and second, rounded to seven places, is zero, and returns first. Twisted: assertAlmostEqual.
func AlmostEqual[F ~float32 | ~float64](t testing.TB, first, second F, message ...any) F {
	t.Helper()
	if !near(float64(first), float64(second), almost) {
		fail(t, message, "%v is not %v within 7 places", first, second)
	}
	return first
}

// NotAlmostEqual is the opposite of AlmostEqual. Twisted: assertNotAlmostEqual.
func NotAlmostEqual[F ~float32 | ~float64](t testing.TB, first, second F, message ...any) F {
	t.Helper()
	if near(float64(first), float64(second), almost) {
		fail(t, message, "%v is %v within 7 places", first, second)
	}
	return first
}

// A Number is what Approximates compares.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

// Approximates checks that first and second are no farther apart than tolerance, and returns first. Twisted: assertApproximates.
func Approximates[N Number](t testing.TB, first, second, tolerance N, message ...any) N {
	t.Helper()
	a, b := max(first, second), min(first, second)
	apart := a - b
	if first != second && !(apart <= tolerance && apart >= 0) { // NaN, and integers that overflow, are far apart
		fail(t, message, "%v is not %v within %v", first, second, tolerance)
	}
	return first
}

func near(a, b, tolerance float64) bool { return a == b || math.Abs(a-b) <= tolerance }
