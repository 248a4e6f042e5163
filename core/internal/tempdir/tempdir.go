// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package tempdir has folders for the sockets of tests.
package tempdir

import (
	"os"
	"testing"
)

// longest is how long a folder's name may be. With that of a socket in it, it has to fit into an address, of 104 bytes on some systems.
const longest = 80

// Short returns a folder as t.TempDir does, whose name is short even where $TMPDIR is long.
func Short(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if len(dir) <= longest {
		return dir
	}
	dir, err := os.MkdirTemp("/tmp", "")
	if err != nil {
		t.Skip("no folder has a short name: ", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
