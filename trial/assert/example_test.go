// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package assert_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/assert/match"
	"github.com/torsion-go/torsion/trial/internal/record"
)

// t stands for the test; what it says is printed.
func run(test func(t testing.TB)) {
	r := record.New(nil)
	r.Run(func() { test(r) })
	fmt.Print(regexp.MustCompile(`(?m)^example_test.go:\d+: `).ReplaceAllString(r.Said(), ""))
}

func ExampleEqual() {
	type point struct{ X, Y int }
	run(func(t testing.TB) {
		assert.Equal(t, point{1, 2}, point{1, 3}, "the corner")
	})
	// Output:
	// the corner: not as wanted (-want +got):
	// .Y
	// 	- 3
	// 	+ 2
}

func ExampleCheck() {
	run(func(t testing.TB) {
		assert.Equal(assert.Check(t), 1, 2)
		assert.In(t, "x", []string{"a", "b"})
		t.Log("not reached")
	})
	// Output:
	// got 1, want 2
	// "x" is not in []string{"a", "b"}
}

func ExampleThat() {
	even := match.Func("be even", func(n int) bool { return n%2 == 0 })
	run(func(t testing.TB) {
		assert.That(t, []int{2, 4, 5}, match.Each(even))
	})
	// Output:
	// [2]: 5 should be even
}
