// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package match_test

import (
	"fmt"

	"github.com/torsion-go/torsion/trial/assert/match"
)

// A Matcher tells what is wrong with a value, also outside of tests.
func ExampleEach() {
	type user struct {
		Name string
		Age  int
	}
	adults := match.Each(match.All(
		match.Field("Name", func(u user) string { return u.Name }, match.Not(match.Equal(""))),
		match.Field("Age", func(u user) int { return u.Age }, match.Func("be of age", func(n int) bool { return n >= 18 })),
	))
	fmt.Println(adults.Mismatch([]user{{"ann", 30}, {"bob", 17}}))
	fmt.Printf("%q\n", adults.Mismatch([]user{{"ann", 30}}))
	// Output:
	// [1]: Age: 17 should be of age
	// ""
}
