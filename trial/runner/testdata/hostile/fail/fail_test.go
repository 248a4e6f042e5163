// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fail

import (
	"fmt"
	"testing"
)

func TestAssertion(t *testing.T) {
	t.Log("a remark")
	t.Errorf("got %d\nwant %d", 1, 2)
	t.Error("and another")
}

func TestInside(t *testing.T) {
	t.Run("good", func(t *testing.T) {})
	t.Run("bad", func(t *testing.T) { t.Fatal("inside") })
}

func TestSilent(t *testing.T) {
	fmt.Println("printed")
	t.Fail()
}

func TestHelper(t *testing.T) { check(t, 1) }

func check(t *testing.T, n int) {
	t.Helper()
	if n != 2 {
		t.Fatalf("%d is not 2", n)
	}
}

func TestLast(t *testing.T) {}

func Example_wrong() {
	fmt.Println("this")
	// Output: that
}
