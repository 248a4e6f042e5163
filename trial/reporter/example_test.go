// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"fmt"
	"os"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// A runner tells its reporter what happens.
func ExampleNew() {
	r, err := reporter.New("tree", reporter.Options{Writer: os.Stdout})
	if err != nil {
		fmt.Println(err)
		return
	}
	id := result.ID{Package: "example.com/shop", Name: "TestPrice"}
	run := &result.Run{Packages: []string{"example.com/shop"}, Total: 1}
	test := &result.Test{ID: id, Outcome: result.Failed, Problems: []result.Problem{{Text: "got 5, want 7", File: "shop_test.go", Line: 12}}}
	s := &result.Summary{Run: run, Tests: []*result.Test{test}, Elapsed: 30 * time.Millisecond}
	s.Counts.AddTest(test)

	r.Begin(run)
	r.StartTest(&result.Test{ID: id})
	r.StopTest(test)
	r.StopPackage(&result.Package{Path: id.Package, Outcome: result.Failed})
	if err := r.Done(s); err != nil {
		fmt.Println(err)
	}
	// Output:
	// example.com/shop
	//   TestPrice ...                                                          [FAIL]
	//
	// ===============================================================================
	// [FAIL]
	// shop_test.go:12: got 5, want 7
	//
	// example.com/shop.TestPrice
	// ===============================================================================
	// To repeat it:
	//   go test -run '^TestPrice$' example.com/shop
	// -------------------------------------------------------------------------------
	// Ran 1 tests in 0.030s
	//
	// FAILED (failures=1)
}

// counter is a reporter of one's own: it embeds Base, and has the methods that it needs.
type counter struct {
	reporter.Base
	o reporter.Options
	n int
}

func (c *counter) StopTest(*result.Test) { c.n++ }

func (c *counter) Done(*result.Summary) error {
	_, err := fmt.Fprintf(c.o.Writer, "%d tests\n", c.n)
	return err
}

// A package that is imported adds a reporter, which is then chosen by its name.
func ExampleRegister() {
	reporter.Register("counter", "how many tests there were", func(o reporter.Options) (reporter.Reporter, error) {
		return &counter{o: o}, nil
	})

	r, err := reporter.Open([]string{"counter"}, reporter.Options{Writer: os.Stdout})
	if err != nil {
		fmt.Println(err)
		return
	}
	r.StopTest(&result.Test{})
	r.StopTest(&result.Test{})
	if err := r.Done(&result.Summary{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2 tests
}
