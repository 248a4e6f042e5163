// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package password

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives tmp the owner that the old file has, as far as this process may.
func keepOwner(tmp *os.File, old fs.FileInfo) error {
	st, ok := old.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return tmp.Chown(int(st.Uid), int(st.Gid))
}
