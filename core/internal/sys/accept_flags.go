// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build dragonfly || freebsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Accept accepts a connection, non-blocking and closed on exec.
func Accept(fd int, from *Sockaddr) (int, syscall.Errno) {
	n, sa, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return 0, number(err)
	}
	from.set(sa)
	return n, 0
}
