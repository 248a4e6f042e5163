// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux && !(amd64 || arm64 || loong64 || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// SendFile sends n bytes of a file from offset to a socket that does not wait. Its system call has another number where offsets are larger than words.
func SendFile(socket, file int, offset int64, n int) (int, syscall.Errno) {
	sent, err := unix.Sendfile(socket, file, &offset, n)
	if err != nil {
		errno, _ := err.(syscall.Errno)
		return 0, errno
	}
	return sent, 0
}
