// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || netbsd || openbsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Accept accepts a connection, non-blocking and closed on exec. Package unix has no call here that does all at once.
func Accept(fd int, from *Sockaddr) (int, syscall.Errno) {
	syscall.ForkLock.RLock() // a child that is started here would inherit the socket
	n, sa, err := unix.Accept(fd)
	if err == nil {
		unix.CloseOnExec(n)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return 0, number(err)
	}
	if err := unix.SetNonblock(n, true); err != nil {
		Close(n)
		return 0, syscall.ECONNABORTED
	}
	_ = quiet(n) // fails where the connection has ended already
	from.set(sa)
	return n, 0
}
