// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package result_test

import (
	"fmt"

	"github.com/torsion-go/torsion/trial/result"
)

func ExampleTest_Flaky() {
	t := result.Test{
		ID:       result.ID{Package: "example.com/queue", Name: "TestPush/full"},
		Outcome:  result.Passed,
		Attempts: []result.Outcome{result.Failed},
	}
	fmt.Println(t.ID, t.Outcome, t.Flaky())
	// Output: example.com/queue.TestPush/full passed true
}
