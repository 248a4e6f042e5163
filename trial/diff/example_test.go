// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff_test

import (
	"fmt"

	"github.com/torsion-go/torsion/trial/diff"
)

func ExampleDiff() {
	type request struct {
		Method string
		Header map[string]string
		Parts  []string
	}
	want := request{"GET", map[string]string{"Host": "example.org"}, []string{"a", "b", "c"}}
	got := request{"PUT", map[string]string{"Host": "example.org", "X": "1"}, []string{"a", "c"}}
	fmt.Println(diff.Diff(want, got))
	// Output:
	// .Method
	// 	- "GET"
	// 	+ "PUT"
	// .Header["X"]
	// 	+ "1"
	// .Parts[1]
	// 	- "b"
}

func ExampleText() {
	fmt.Println(diff.Text("one\ntwo\nthree\n", "one\n2\nthree\n"))
	// Output:
	//   one
	// - two
	// + 2
	//   three
}
