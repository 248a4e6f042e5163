// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Socket opens a socket, non-blocking and closed on exec. Kind is unix.SOCK_STREAM or unix.SOCK_DGRAM.
func Socket(family, kind int) (int, error) {
	return unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

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

// SetKeepAlive turns TCP keep-alive off when idle is 0, on with the system's times when it is negative, else on with that idle time rounded up to seconds.
func SetKeepAlive(fd int, idle time.Duration) syscall.Errno {
	if idle > 0 {
		secs := int((min(idle, MaxKeepAlive) + time.Second - 1) / time.Second)
		if errno := SetInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, secs); errno != 0 {
			return errno
		}
	}
	on := 0
	if idle != 0 {
		on = 1
	}
	return SetInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, on)
}

// Err returns errno as an error, nil for 0.
func Err(errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return errno
}
