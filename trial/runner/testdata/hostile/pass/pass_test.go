// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package pass

import (
	"fmt"
	"testing"
)

func TestOne(t *testing.T) {}

func TestTwo(t *testing.T) {
	t.Log("said")
	for _, name := range []string{"a", "b c", "b#01"} {
		t.Run(name, func(t *testing.T) { t.Parallel() })
	}
}

func TestSkipped(t *testing.T) { t.Skip("not today") }

func FuzzSeeds(f *testing.F) {
	f.Add("x")
	f.Fuzz(func(t *testing.T, s string) {})
}

func BenchmarkNothing(b *testing.B) {
	for b.Loop() {
	}
}

func Example_hello() {
	fmt.Println("hello")
	// Output: hello
}

func Example_neverRun() { panic("has no output") }
