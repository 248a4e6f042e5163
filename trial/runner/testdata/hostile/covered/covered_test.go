// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package covered

import "testing"

func TestPositive(t *testing.T) {
	if Called(1) != 1 {
		t.Error("no")
	}
}

func TestNegative(t *testing.T) {
	if Called(-1) != 2 {
		t.Error("no")
	}
}
