// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/windows"
)

// sockets maps the numbers of Windows Sockets to those that programs ask for with errors.Is, which differ.
var sockets = map[syscall.Errno]syscall.Errno{
	windows.WSAEADDRINUSE:    syscall.EADDRINUSE,
	windows.WSAEADDRNOTAVAIL: syscall.EADDRNOTAVAIL,
	windows.WSAEAFNOSUPPORT:  syscall.EAFNOSUPPORT,
	windows.WSAECONNABORTED:  syscall.ECONNABORTED,
	windows.WSAECONNREFUSED:  syscall.ECONNREFUSED,
	windows.WSAECONNRESET:    syscall.ECONNRESET,
	windows.WSAEHOSTUNREACH:  syscall.EHOSTUNREACH,
	windows.WSAENETUNREACH:   syscall.ENETUNREACH,
	windows.WSAEINVAL:        syscall.EINVAL,
	windows.WSAENOTCONN:      syscall.ENOTCONN,
	windows.WSAETIMEDOUT:     syscall.ETIMEDOUT,
}

// A socketError is an error of Windows Sockets that matches the common number too.
type socketError struct {
	error
	common syscall.Errno
}

func (e *socketError) Unwrap() []error { return []error{e.error, e.common} }

// common makes err match the error numbers that all systems share.
func common(err error) error {
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		if n, ok := sockets[e]; ok {
			if n == syscall.EAFNOSUPPORT {
				err = fmt.Errorf("this Windows has no such sockets: %w: %w", err, errors.ErrUnsupported)
			}
			return &socketError{err, n}
		}
	}
	return err
}

// refusal is the error of a socket with a peer whose datagram met a closed port, which Windows calls a reset.
func refusal(err error) error { return &socketError{err, syscall.ECONNREFUSED} }
