// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package warn_test

import (
	"fmt"

	"github.com/torsion-go/torsion/trial/warn"
)

func ExampleDeprecationText() {
	fmt.Println(warn.DeprecationText("example.OldParser", "Example 1.4", "example.NewParser"))
	// Output: example.OldParser was deprecated in Example 1.4; please use example.NewParser instead
}
