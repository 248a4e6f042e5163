// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk: the disk of the log is full, and the server answers and stops as ever.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	file, socket := filepath.Join(disk, "log"), filepath.Join(t.TempDir(), "s")
	s := start(t, 0, "--log-file", file, "web", "--listen", "unix:"+socket, "--path", folder(t), "--log-format", "json")
	listens(t, socket)
	ask(t, socket, 500)
	s.said("lines are lost until it works again")
	ask(t, socket, 500)
	if err := os.Truncate(file, 0); err != nil {
		t.Fatal(err)
	}
	ask(t, socket, 1)
	s.stop()
	if !strings.Contains(content(file), "server shut down") {
		t.Errorf("the log ends with %q", content(file))
	}
}
