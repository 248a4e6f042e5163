// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
)

// The classes of failure to connect. Test with errors.Is; all are below ErrConnect. Twisted: internet.error's ConnectError and its kin.
var (
	ErrConnect            = errors.New("cannot connect")
	ErrConnectBind        = errors.New("cannot bind the local address")
	ErrUnknownHost        = errors.New("unknown host")
	ErrDNSLookup          = errors.New("name lookup failed") // also ErrUnknownHost
	ErrNoRoute            = errors.New("no route to host")
	ErrConnectionRefused  = errors.New("connection refused") // also syscall.ECONNREFUSED
	ErrTCPTimedOut        = errors.New("TCP connection timed out")
	ErrTimeout            = errors.New("connection attempt took too long") // also os.ErrDeadlineExceeded
	ErrUser               = errors.New("connection attempt stopped")
	ErrConnectingCanceled = errors.New("connection attempt cancelled") // also context.Canceled and ErrUser
	ErrBadFile            = errors.New("UNIX socket has no live owner")
	ErrUnknownService     = errors.New("unknown service name")
	ErrNoProtocol         = errors.New("the factory built no protocol")
	ErrTLS                = errors.New("TLS failed")
)

// Other errors of reactors and ports.
var (
	// ErrNotConnecting is returned when an attempt is stopped that is not under way.
	ErrNotConnecting = errors.New("protocol: not connecting")
	// ErrNotListening is returned when a port is stopped twice.
	ErrNotListening = errors.New("protocol: not listening")
	// ErrAlreadyListened is returned by endpoints that can listen once only.
	ErrAlreadyListened = errors.New("protocol: this endpoint has already been listened on")
	// ErrUnsupportedAddressFamily is returned for a socket of a family that cannot be used.
	ErrUnsupportedAddressFamily = errors.New("protocol: unsupported address family")
	// ErrAlreadyConnected is returned when a datagram port is connected twice.
	ErrAlreadyConnected = errors.New("protocol: already connected")
)

// A ConnectError tells why a connection could not be made. Addr is what was connected to, as the caller wrote it.
type ConnectError struct {
	Class error
	Addr  string
	Err   error
}

// NewConnectError returns a ConnectError whose Class follows from cause: the system's error numbers and deadlines are recognised.
// Twisted: getConnectError.
func NewConnectError(addr string, cause error) *ConnectError {
	if e, ok := cause.(*ConnectError); ok {
		return e
	}
	class := ErrConnect
	switch {
	case isAny(cause, refusedErrnos):
		class = ErrConnectionRefused
	case isAny(cause, noRouteErrnos):
		class = ErrNoRoute
	case isAny(cause, timedOutErrnos):
		class = ErrTCPTimedOut
	case isTimeout(cause), errors.Is(cause, os.ErrDeadlineExceeded):
		class = ErrTimeout
	case errors.Is(cause, context.Canceled):
		class = ErrConnectingCanceled
	}
	return &ConnectError{Class: class, Addr: addr, Err: cause}
}

// Error returns "connect ADDR: class: cause", and what both say only once.
func (e *ConnectError) Error() string {
	if e.Err == nil || e.Err.Error() == e.Class.Error() {
		return fmt.Sprintf("connect %s: %v", e.Addr, e.Class)
	}
	return fmt.Sprintf("connect %s: %v: %v", e.Addr, e.Class, e.Err)
}

// Unwrap returns the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// Timeout reports whether time ran out, as net.Error asks.
func (e *ConnectError) Timeout() bool { return e.Class == ErrTimeout || e.Class == ErrTCPTimedOut }

// Temporary returns false, as net.Error asks.
func (e *ConnectError) Temporary() bool { return false }

// Is reports whether target is the class of e or one above it.
func (e *ConnectError) Is(target error) bool {
	switch target {
	case e.Class, ErrConnect:
		return true
	case ErrUnknownHost:
		return e.Class == ErrDNSLookup
	case ErrUser:
		return e.Class == ErrTimeout || e.Class == ErrConnectingCanceled
	case context.Canceled:
		return e.Class == ErrConnectingCanceled
	case syscall.ECONNREFUSED:
		return e.Class == ErrConnectionRefused
	}
	return e.Class == ErrTimeout && isTimeout(target)
}

func isAny(err error, numbers []syscall.Errno) bool {
	return slices.ContainsFunc(numbers, func(n syscall.Errno) bool { return errors.Is(err, n) })
}

func isTimeout(err error) bool {
	return err == os.ErrDeadlineExceeded || err == context.DeadlineExceeded
}

// A CannotListenError tells why a port could not be opened. Twisted: CannotListenError.
type CannotListenError struct {
	Addr string // what was to be listened on, as the caller wrote it
	Err  error
}

// Error returns "listen ADDR: cause".
func (e *CannotListenError) Error() string { return fmt.Sprintf("listen %s: %v", e.Addr, e.Err) }

// Unwrap returns the cause.
func (e *CannotListenError) Unwrap() error { return e.Err }

// A MessageLengthError is returned for a datagram that is too long for the system.
type MessageLengthError struct {
	Size int
	Err  error
}

// Error tells the size and the cause.
func (e *MessageLengthError) Error() string {
	return fmt.Sprintf("datagram of %d bytes is too long: %v", e.Size, e.Err)
}

// Unwrap returns the cause.
func (e *MessageLengthError) Unwrap() error { return e.Err }

// An InvalidAddressError is returned for an address that a port cannot send to: not a literal, or of another family.
type InvalidAddressError struct {
	Addr   string
	Reason string
}

// Error tells the address and what is wrong with it.
func (e *InvalidAddressError) Error() string {
	return fmt.Sprintf("invalid address %q: %s", e.Addr, e.Reason)
}

// A MulticastJoinError is returned when a group cannot be joined or left.
type MulticastJoinError struct {
	Group string
	Err   error
}

// Error tells the group and the cause.
func (e *MulticastJoinError) Error() string {
	return fmt.Sprintf("multicast group %s: %v", e.Group, e.Err)
}

// Unwrap returns the cause.
func (e *MulticastJoinError) Unwrap() error { return e.Err }
