// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package param

import (
	"math"
	"testing"
)

type celsius int8

func check[T interface {
	Scalar
	comparable
}](t *testing.T, s string, want T, fails string) {
	t.Helper()
	got, err := Parse[T](s)
	text := ""
	if err != nil {
		text = err.Error()
	}
	if got != want || text != fails {
		t.Errorf("%q as %T: got %v, %q; want %v, %q", s, want, got, text, want, fails)
	}
}

func TestParse(t *testing.T) {
	check(t, "x y", "x y", "")
	check(t, "true", true, "")
	check(t, "yes", false, "not true or false")
	check(t, "-7", -7, "")
	check(t, "0x7", 0, "not a whole number")
	check(t, "1_000", 0, "not a whole number")
	check(t, "128", celsius(0), "out of range")
	check(t, "-128", celsius(-128), "")
	check(t, "18446744073709551615", uint64(math.MaxUint64), "")
	check(t, "-1", uint(0), "not a whole number from 0 on")
	check(t, "1.5", 1.5, "")
	check(t, "1e999", 0.0, "out of range")
	check(t, "", 0.0, "not a number")
}
