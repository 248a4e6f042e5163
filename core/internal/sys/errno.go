// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"errors"
	"syscall"
)

// An AcceptClass tells what an error of accept means for the listener.
type AcceptClass uint8

const (
	// AcceptFatal is an error of the listening socket itself: accepting again cannot help.
	AcceptFatal AcceptClass = iota
	// AcceptNoFiles means that the process or the system is out of descriptors.
	AcceptNoFiles
	// AcceptNoMemory means that the system is out of memory for sockets.
	AcceptNoMemory
	// AcceptAborted means that this one connection died in the queue; the next may be well.
	AcceptAborted
	// AcceptSkip means that a firewall refused this one connection, which is nobody's business.
	AcceptSkip
)

// ClassifyAccept returns the class of an error of accept other than "would block". Linux hands over errors of the new connection's network too; these
// are AcceptAborted.
func ClassifyAccept(err error) AcceptClass {
	var e syscall.Errno
	if !errors.As(err, &e) {
		return AcceptFatal
	}
	switch e {
	case syscall.EMFILE, syscall.ENFILE:
		return AcceptNoFiles
	case syscall.ENOBUFS, syscall.ENOMEM:
		return AcceptNoMemory
	case syscall.EPERM:
		return AcceptSkip
	case syscall.ECONNABORTED, syscall.ECONNRESET, syscall.ENETDOWN, syscall.EPROTO, syscall.ENOPROTOOPT, syscall.EHOSTDOWN,
		syscall.EHOSTUNREACH, syscall.EOPNOTSUPP, syscall.ENETUNREACH, syscall.ETIMEDOUT:
		return AcceptAborted
	}
	return classifyNative(e)
}
