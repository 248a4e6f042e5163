// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Resident reports whether n bytes of a file from offset can be read without waiting for a disk, by trying to read the first and the last of them. What
// lies between is taken to be as they are: pages are read ahead and thrown away in runs. Where a filesystem cannot tell, memory's can, and others cannot. The
// system starts to read what is not there.
func Resident(file int, offset int64, n int) bool {
	return present(file, offset) && (n <= 1 || present(file, offset+int64(n)-1))
}

// present reports whether the page at offset is in memory.
func present(file int, offset int64) bool {
	var b byte
	iov := unix.Iovec{Base: &b}
	iov.SetLen(1)
	_, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, uintptr(file), uintptr(unsafe.Pointer(&iov)), 1, uintptr(offset), uintptr(offset>>32), unix.RWF_NOWAIT)
	switch errno {
	case unix.EAGAIN:
		return false
	case unix.EOPNOTSUPP, unix.ENOSYS, unix.EINVAL:
		return inMemory(file)
	}
	return true // an error is found by who reads
}

// inMemory reports whether a file is of a filesystem without a disk.
func inMemory(file int) bool {
	var s unix.Statfs_t
	if _, _, errno := unix.RawSyscall(unix.SYS_FSTATFS, uintptr(file), uintptr(unsafe.Pointer(&s)), 0); errno != 0 {
		return false
	}
	return int64(s.Type) == unix.TMPFS_MAGIC || int64(s.Type) == unix.RAMFS_MAGIC
}
