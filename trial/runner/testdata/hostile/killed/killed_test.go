// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package killed

import (
	"os"
	"testing"
)

func TestKilled(t *testing.T) {
	p, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	select {}
}

func TestFine(t *testing.T) {}
