// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux && (amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)

package sys

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SendFile sends n bytes of a file from offset to a socket that does not wait. The file's pages are read from the disk where they are not in memory, for which
// the whole program may have to wait: ask [Resident] first. 0 without an error is the end of the file.
func SendFile(socket, file int, offset int64, n int) (int, syscall.Errno) {
	sent, _, errno := unix.RawSyscall6(unix.SYS_SENDFILE, uintptr(socket), uintptr(file), uintptr(unsafe.Pointer(&offset)), uintptr(n), 0, 0)
	return count(sent, errno), errno
}
