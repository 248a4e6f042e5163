// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix && !linux

package inetd

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// acceptCloseOnExec keeps others from starting a child between the two calls.
func acceptCloseOnExec(fd int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	conn, _, err := unix.Accept(fd)
	if err == nil {
		unix.CloseOnExec(conn)
	}
	return conn, err
}
