// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

import (
	"io"
	"os"
	"os/exec"
	"testing"
)

// TestMain plays the process of OtherPID, too.
func TestMain(m *testing.M) {
	if os.Getenv("LOCKFILE_WAIT") != "" {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// SetUseLinks chooses between the two forms of a lock file.
func SetUseLinks(on bool) (restore func()) {
	old := useLinks
	useLinks = on
	return func() { useLinks = old }
}

// UseLinks tells which form is in use.
func UseLinks() bool { return useLinks }

// Exclude is exclude.
var Exclude = exclude

// OtherPID returns the number of another process that lives until the test ends.
func OtherPID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LOCKFILE_WAIT=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return cmd.Process.Pid
}
