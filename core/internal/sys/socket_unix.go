// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Listen starts to listen.
func Listen(fd, backlog int) error { return unix.Listen(fd, backlog) }

// Duplicate returns a copy of fd that is closed on exec, and makes the open file behind both non-blocking.
func Duplicate(fd int) (int, error) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return -1, err
	}
	if err := unix.SetNonblock(n, true); err != nil {
		Close(n)
		return -1, err
	}
	_ = quiet(n) // fails where the connection has ended already
	return n, nil
}

// Listening reports whether fd is a socket that listens.
func Listening(fd int) bool {
	v, errno := GetInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return errno == 0 && v != 0
}

// Kind returns unix.SOCK_STREAM, unix.SOCK_DGRAM or another type of socket.
func Kind(fd int) (int, error) {
	v, errno := GetInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return v, Err(errno)
}

// Err returns errno as an error, nil for 0.
func Err(errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}

// PendingError takes the error that waits on a socket, 0 for none.
func PendingError(fd int) syscall.Errno {
	v, errno := GetInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if errno != 0 {
		return errno
	}
	return syscall.Errno(v)
}
