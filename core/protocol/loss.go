// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"errors"
	"fmt"
	"io"
	"net"
)

// The classes of connection loss. Test a reason with errors.Is; the classes form Twisted's tree:
//
//	ErrConnectionClosed
//	├── ErrConnectionDone        clean: also io.EOF when the peer closed, net.ErrClosed when this side did
//	└── ErrConnectionLost        not clean: also the system's error, such as syscall.ECONNRESET
//	    ├── ErrConnectionAborted       AbortConnection; also net.ErrClosed
//	    ├── ErrConnectionTimeout       a limit on time; also os.ErrDeadlineExceeded
//	    ├── ErrProtocolViolation       the peer broke the protocol
//	    ├── ErrBufferOverflow          the peer read too slowly
//	    └── ErrFileDescriptorOverrun   more descriptors than bytes to carry them
var (
	ErrConnectionClosed      = errors.New("connection closed")
	ErrConnectionDone        = errors.New("connection closed cleanly")
	ErrConnectionLost        = errors.New("connection lost")
	ErrConnectionAborted     = errors.New("connection aborted")
	ErrConnectionTimeout     = errors.New("connection timed out")
	ErrProtocolViolation     = errors.New("protocol violation")
	ErrBufferOverflow        = errors.New("too much unsent data: the peer does not read")
	ErrFileDescriptorOverrun = errors.New("file descriptors left without data to carry them")
)

// A ConnectionLoss is the reason given to ConnectionLost. Class is one of the leaves of the tree of ErrConnectionClosed; Err is the cause, or nil.
type ConnectionLoss struct {
	Class error
	Err   error
}

// Done returns the reason for a clean end: by the peer when cause is io.EOF, by this side when it is net.ErrClosed.
func Done(cause error) error {
	switch cause {
	case io.EOF:
		return doneByPeer
	case net.ErrClosed:
		return doneHere
	}
	return &ConnectionLoss{Class: ErrConnectionDone, Err: cause}
}

// Lost returns the reason for an end that was not clean.
func Lost(cause error) error { return &ConnectionLoss{Class: ErrConnectionLost, Err: cause} }

// Aborted returns the reason for an end by AbortConnection.
func Aborted() error { return aborted }

// Violation returns the reason for an end because the peer broke the protocol in the way that cause tells.
func Violation(cause error) error { return &ConnectionLoss{Class: ErrProtocolViolation, Err: cause} }

var (
	doneByPeer = &ConnectionLoss{Class: ErrConnectionDone, Err: io.EOF}
	doneHere   = &ConnectionLoss{Class: ErrConnectionDone, Err: net.ErrClosed}
	aborted    = &ConnectionLoss{Class: ErrConnectionAborted, Err: net.ErrClosed}
)

// Error returns the class and the cause.
func (l *ConnectionLoss) Error() string {
	switch l.Err {
	case nil:
		return l.Class.Error()
	case io.EOF:
		return l.Class.Error() + " by the peer"
	case net.ErrClosed:
		return l.Class.Error() + " by this side"
	}
	return fmt.Sprintf("%v: %v", l.Class, l.Err)
}

// Unwrap returns the cause.
func (l *ConnectionLoss) Unwrap() error { return l.Err }

// Is reports whether target is the class of l or one above it.
func (l *ConnectionLoss) Is(target error) bool {
	switch target {
	case l.Class, ErrConnectionClosed:
		return true
	case ErrConnectionLost:
		return l.Class != ErrConnectionDone
	}
	return l.Class == ErrConnectionTimeout && isTimeout(target)
}

// Timeout reports whether l is ErrConnectionTimeout, as net.Error asks.
func (l *ConnectionLoss) Timeout() bool { return l.Class == ErrConnectionTimeout }

// Temporary returns false, as net.Error asks.
func (l *ConnectionLoss) Temporary() bool { return false }

// A PanicError is the reason for the end of a connection whose protocol panicked. It matches ErrConnectionLost.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // the stack of the goroutine that panicked
}

// Error returns the value, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Is reports whether target is ErrConnectionLost or ErrConnectionClosed.
func (e *PanicError) Is(target error) bool {
	return target == ErrConnectionLost || target == ErrConnectionClosed
}
