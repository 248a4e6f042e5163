// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package sdnotify

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// sendTo sends one datagram, with descriptors, from a socket of its own. It does not wait for room.
func sendTo(path string, p []byte, fds []int) error {
	if path[0] != '/' && path[0] != '@' {
		return errors.ErrUnsupported
	}
	syscall.ForkLock.RLock() // a child that is started here would inherit the socket
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	var oob []byte
	if len(fds) > 0 {
		oob = unix.UnixRights(fds...)
	}
	err = unix.Sendmsg(fd, p, oob, &unix.SockaddrUnix{Name: path}, unix.MSG_DONTWAIT)
	return os.NewSyscallError("sendmsg", err)
}
