// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// SendFile sends n bytes of a file from offset to a socket that does not wait. What left is told also with an error. 0 without an error is the end of the file.
// Where the system cannot, with this filesystem or this kind of socket, some of the bytes are copied.
func SendFile(socket, file int, offset int64, n int) (int, syscall.Errno) {
	sent, err := unix.Sendfile(socket, file, &offset, n)
	switch errno := number(err); errno {
	case 0, syscall.EAGAIN, syscall.EINTR:
		return max(sent, 0), errno
	case syscall.EOPNOTSUPP, syscall.EINVAL, syscall.ENOSYS:
		return copyFile(socket, file, offset, n)
	default: // how much is said to have left may be what was asked for
		return 0, errno
	}
}

// copyFile is SendFile by reading and writing.
func copyFile(socket, file int, offset int64, n int) (int, syscall.Errno) {
	buf := make([]byte, min(n, 64<<10))
	k, err := unix.Pread(file, buf, offset)
	if err != nil || k <= 0 {
		return 0, number(err)
	}
	return Send(socket, buf[:k])
}
