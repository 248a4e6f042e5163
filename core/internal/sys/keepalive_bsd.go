// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// SetKeepAlive turns TCP keep-alive off when idle is 0, on with the system's times when it is negative, else on with that idle time rounded up to seconds; OpenBSD
// knows the idle time of all sockets only, the sysctl net.inet.tcp.keepidle, and gives ENOTSUP.
func SetKeepAlive(fd int, idle time.Duration) syscall.Errno {
	if idle > 0 {
		if errno := setIdle(fd, int((min(idle, MaxKeepAlive)+time.Second-1)/time.Second)); errno != 0 {
			return errno
		}
	}
	on := 0
	if idle != 0 {
		on = 1
	}
	return SetInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, on)
}
