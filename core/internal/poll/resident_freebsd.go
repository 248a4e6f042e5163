// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import "golang.org/x/sys/unix"

// FileResident reports whether sendfile of a file does not wait for the disk. On UFS it never does: what is not in memory follows when it has been read. Of tmpfs
// all is in memory. What a file has in memory cannot be told.
func FileResident(file uintptr, _ int64, _ int) bool {
	var s unix.Statfs_t
	if unix.Fstatfs(int(file), &s) != nil {
		return false
	}
	fs := unix.ByteSliceToString(s.Fstypename[:])
	return fs == "ufs" || fs == "tmpfs"
}
