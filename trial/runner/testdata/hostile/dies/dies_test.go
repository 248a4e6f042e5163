// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package dies

import (
	"os"
	"testing"
)

// TestDies ends the process the first time that it runs in the folder of FLAKY, so that TestAfter does not run.
func TestDies(t *testing.T) {
	if _, err := os.Stat(os.Getenv("FLAKY")); err != nil {
		if err := os.WriteFile(os.Getenv("FLAKY"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		panic("the first time")
	}
}

func TestAfter(t *testing.T) {}
