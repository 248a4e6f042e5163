// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package testmain

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	m.Run()
	os.Exit(7)
}

func TestFine(t *testing.T) {}
