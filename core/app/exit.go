// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"cmp"
	"errors"

	"github.com/torsion-go/torsion/core/task"
	"github.com/torsion-go/torsion/core/usage"
)

// The exit statuses, those of sysexits.h. A process that a signal stopped ends by that signal, which a shell shows as 128 and its number. Twisted: ExitStatus.
const (
	ExitOK          = 0
	ExitFailure     = 1  // a service could not be made or started, or was ended at once by a second signal
	ExitUsage       = 64 // the command line is wrong
	ExitDataErr     = 65
	ExitUnavailable = 69
	ExitSoftware    = 70 // a panic
	ExitIOErr       = 74 // the log cannot be opened
	ExitNoPerm      = 77
	ExitConfig      = 78 // the pid file belongs to another process, or is none
)

// An ExitError is an error with the exit status that the program shall end with.
type ExitError struct {
	Code int // 0 means ExitFailure
	Err  error
	Hint string // what to do, for a line of its own, or ""
}

// Error tells the cause.
func (e *ExitError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ExitError) Unwrap() error { return e.Err }

// exitCode returns the status for an error.
func exitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if e, ok := errors.AsType[*ExitError](err); ok {
		return cmp.Or(e.Code, ExitFailure)
	}
	if e, ok := errors.AsType[*task.ExitError](err); ok {
		return e.Code
	}
	if _, ok := errors.AsType[*usage.Error](err); ok {
		return ExitUsage
	}
	return ExitFailure
}
