// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package password

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives tmp the owner and group that the old file has, as far as this process may, and returns the mode for it. A group that could not be kept is another one
// now, which may do no more than everybody.
func keepOwner(tmp *os.File, old fs.FileInfo) fs.FileMode {
	mode := old.Mode().Perm()
	st, ok := old.Sys().(*syscall.Stat_t)
	if !ok || tmp.Chown(int(st.Uid), int(st.Gid)) == nil || tmp.Chown(-1, int(st.Gid)) == nil {
		return mode
	}
	return mode&0o707 | mode&0o007<<3&mode
}
