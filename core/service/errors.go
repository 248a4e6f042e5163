// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
)

// The errors of this package. Test with errors.Is.
var (
	// ErrStopped is the result of what Stop put an end to: a Start or Bind under way, or waiting for a connection. It is also context.Canceled.
	ErrStopped error = stoppedError{}
	// ErrDuplicateName is returned for the second child of one name.
	ErrDuplicateName = errors.New("service: a child has this name already")
	// ErrBadName is returned for a name with a slash, which paths are made with, or with a '#' in front, which marks children without a name.
	ErrBadName = errors.New(`service: a name may not contain "/" or begin with "#"`)
	// ErrNoChild is the result for a name that no child has. Twisted: KeyError of getServiceNamed.
	ErrNoChild = errors.New("service: no such child")
	// ErrNotRunning is the result of StartChild of a group that does not run.
	ErrNotRunning = errors.New("service: not running")
)

type stoppedError struct{}

func (stoppedError) Error() string { return "service: stopped" }
func (stoppedError) Is(target error) bool {
	return target == context.Canceled || target == deferred.ErrCancelled
}

// A ChildError tells which part of a tree failed.
type ChildError struct {
	Path string // names from the outermost to the innermost, with slashes
	Err  error
}

// Error returns "service PATH: cause".
func (e *ChildError) Error() string { return fmt.Sprintf("service %s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *ChildError) Unwrap() error { return e.Err }

// childError says of err that it is that of the child of the given name.
func childError(name string, err error) error {
	if inner, ok := err.(*ChildError); ok { // only directly: what is around it would be lost
		return &ChildError{Path: name + "/" + inner.Path, Err: inner.Err}
	}
	return &ChildError{Path: name, Err: err}
}

// A GaveUpError is the end of a Supervisor whose children died too often. Erlang: the exit reason shutdown.
type GaveUpError struct {
	Child    string        // the one whose end was one too many
	Restarts int           // how many restarts there were within Period
	Period   time.Duration // of the configuration
	Err      error         // how Child ended
}

// Error tells all of it.
func (e *GaveUpError) Error() string {
	return fmt.Sprintf("service: gave up after %d restarts within %v: child %s: %v", e.Restarts, e.Period, e.Child, e.Err)
}

// Unwrap returns how the child ended.
func (e *GaveUpError) Unwrap() error { return e.Err }

// errEnded stands for the end without an error of a service that is to run for ever.
var errEnded = errors.New("ended without an error")

// errorAttrs are the attributes of err in a log record: with a panic comes its stack, unless it was logged where the child failed.
func errorAttrs(err error) []any {
	if _, ok := errors.AsType[*GaveUpError](err); ok {
		return []any{slog.String("error", err.Error())}
	}
	if f, ok := errors.AsType[*deferred.Failure](err); ok && f.Panic != nil {
		return []any{slog.String("error", err.Error()), slog.String("stack", f.Stack.String())}
	}
	return []any{slog.Any("error", err)}
}
