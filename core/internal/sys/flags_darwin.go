// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	callFlags  = unix.MSG_DONTWAIT // MSG_NOSIGNAL is not documented here: see quiet
	recvFlags  = unix.MSG_DONTWAIT
	recvCloses = false
)

// Socket opens a socket, non-blocking and closed on exec. Kind is unix.SOCK_STREAM or unix.SOCK_DGRAM.
func Socket(family, kind int) (int, error) {
	syscall.ForkLock.RLock() // a child that is started here would inherit the socket
	fd, err := unix.Socket(family, kind, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, err
	}
	err = unix.SetNonblock(fd, true)
	if err == nil {
		err = quiet(fd)
	}
	if err != nil {
		Close(fd)
		return -1, err
	}
	return fd, nil
}

// quiet has a socket whose peer is gone give an error and no signal.
func quiet(fd int) error { return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NOSIGPIPE, 1) }
