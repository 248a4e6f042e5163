// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package twist

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRotation rotates by SIGUSR1 and reopens by SIGHUP.
func TestRotation(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "log")
	s := start(t, 0, "--log-file", file, "web", "--listen", "unix:"+filepath.Join(dir, "s"), "--path", folder(t), "--log-format", "logfmt")
	eventually(t, func() bool { return strings.Contains(content(file), "started") })
	s.cmd.Process.Signal(syscall.SIGUSR1)
	eventually(t, func() bool {
		return strings.Contains(content(file), "the log was rotated") && strings.Contains(content(file+".1"), "started")
	})
	if err := os.Rename(file, file+".moved"); err != nil {
		t.Fatal(err)
	}
	s.cmd.Process.Signal(syscall.SIGHUP)
	eventually(t, func() bool { return strings.Contains(content(file), "the log was reopened") })
	s.stop()
	if !strings.Contains(content(file), "server shut down") || !strings.Contains(content(file+".moved"), "rotated") {
		t.Errorf("%s\n%s", content(file), content(file+".moved"))
	}
}
