// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package flaky

import (
	"os"
	"testing"
)

// TestFlaky fails the first time that it runs in the folder of FLAKY.
func TestFlaky(t *testing.T) {
	if _, err := os.Stat(os.Getenv("FLAKY")); err != nil {
		if err := os.WriteFile(os.Getenv("FLAKY"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		t.Error("the first time")
	}
}

func TestSteady(t *testing.T) {}
