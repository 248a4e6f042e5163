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
