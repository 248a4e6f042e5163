// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package orphan

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// TestOrphan leaves a child that holds its output open.
func TestOrphan(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	cmd.Stdout = os.Stdout
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(os.Getenv("PIDFILE"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o666); err != nil {
		t.Fatal(err)
	}
}
