// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"

	"github.com/torsion-go/torsion/core/protocol"
)

// Errors of children.
var (
	// ErrDone is the reason of a child that exited with code 0. It matches protocol.ErrConnectionDone. Twisted: ProcessDone.
	ErrDone error = doneError{}
	// ErrExitedAlready is returned for a child that has been reaped: its number may be another process's by now. Twisted: ProcessExitedAlready.
	ErrExitedAlready = errors.New("process: the child has exited already")
	// ErrNoDescriptor is returned for a descriptor of the child that is not connected to this process, or no longer.
	ErrNoDescriptor = errors.New("process: no such descriptor of the child")
	// ErrTooMuchOutput is the failure of Output and OutputAndValue when the child writes more than Config.MaxOutput.
	ErrTooMuchOutput = errors.New("process: the child's output is too long")
)

type doneError struct{}

func (doneError) Error() string { return "process: exited with code 0" }

func (doneError) Is(target error) bool {
	return target == protocol.ErrConnectionDone || target == protocol.ErrConnectionClosed
}

// A Terminated is the reason of a child that did not exit with code 0. It matches protocol.ErrConnectionLost. Twisted: ProcessTerminated.
type Terminated struct {
	// ExitCode is what the child passed to exit, or -1 when a signal ended it.
	ExitCode int
	// Signal is what ended the child, or 0.
	Signal syscall.Signal
	// Status is the system's own wait status.
	Status int
}

// Error tells the code or the signal.
func (t *Terminated) Error() string {
	if t.Signal != 0 {
		return "process: ended by signal " + strconv.Itoa(int(t.Signal)) + " (" + t.Signal.String() + ")"
	}
	return "process: exited with code " + strconv.Itoa(t.ExitCode)
}

// Is reports whether target is a class of connection loss that t belongs to.
func (t *Terminated) Is(target error) bool {
	return target == protocol.ErrConnectionLost || target == protocol.ErrConnectionClosed
}

// A StartError tells why a child could not be started. errors.Is sees the cause: fs.ErrNotExist, exec.ErrNotFound, fs.ErrPermission, errors.ErrUnsupported,
// the system's numbers.
type StartError struct {
	// Op is what failed: "dir" for the working directory, "find" for looking the program up, "descriptor", "pty", "user", "limit", "exec" or "config".
	Op string
	// Path is the program or directory that is concerned.
	Path string
	Err  error
}

// Error tells what failed, on what, and why.
func (e *StartError) Error() string {
	return fmt.Sprintf("process: start %q: %s: %v", e.Path, e.Op, e.Err)
}

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Err }
