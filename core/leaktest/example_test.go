// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package leaktest_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
)

// A test that starts goroutines checks that they have ended when it has.
func ExampleCheck() {
	test := func(t *testing.T) {
		leaktest.Check(t)
		done := make(chan struct{})
		go close(done)
		<-done
	}
	_ = test // package testing runs it
	// Output:
}
