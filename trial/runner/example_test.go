// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner_test

import (
	"context"
	"fmt"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/runner"
)

// A lister prints the tests that end.
type lister struct{ reporter.Base }

func (lister) StopTest(t *result.Test) { fmt.Println(t.Name, t.Outcome) }

func Example() {
	s, err := runner.Run(context.Background(), runner.Config{
		Dir:      "testdata/hostile", // a module
		Args:     []string{"./fail"},
		Run:      "TestSilent|TestLast",
		Reporter: lister{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ran", s.Counts.Run, "passed:", s.Passed)
	// Output:
	// TestSilent failed
	// TestLast passed
	// ran 2 passed: false
}
