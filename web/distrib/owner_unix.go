// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package distrib

import (
	"io/fs"
	"syscall"
)

// ownerOf returns the user that a file belongs to.
func ownerOf(info fs.FileInfo) (uid int, ok bool) {
	if s, isStat := info.Sys().(*syscall.Stat_t); isStat {
		return int(s.Uid), true
	}
	return 0, false
}
