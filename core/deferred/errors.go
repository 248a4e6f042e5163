// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// The errors of this package. Test with errors.Is.
var (
	// ErrCancelled is the result of a Deferred that was cancelled. It is also context.Canceled. Twisted: CancelledError.
	ErrCancelled error = cancelledError{}
	// ErrAlreadyCalled is matched by [AlreadyCalledError].
	ErrAlreadyCalled = errors.New("deferred: already called")
	// ErrSelf is the result of a Deferred that one of its own callbacks returned.
	ErrSelf = errors.New("deferred: a callback returned its own Deferred")
	// ErrLoopEnded is returned by Wait when the loop ended before there was a result.
	ErrLoopEnded = errors.New("deferred: the loop has ended")
	// ErrNoLoop is returned by Wait for a Deferred that has no result and knows no loop to wait for it on.
	ErrNoLoop = errors.New("deferred: no result yet, and no loop to wait for it on")
	// ErrEmpty is the result of First and Race of nothing.
	ErrEmpty = errors.New("deferred: no Deferreds to choose from")
	// ErrClosed is the result of FromChan when the channel was closed.
	ErrClosed = errors.New("deferred: the channel was closed")
)

type cancelledError struct{}

func (cancelledError) Error() string        { return "deferred: cancelled" }
func (cancelledError) Is(target error) bool { return target == context.Canceled }

// An AlreadyCalledError is returned for the second firing of a Deferred. The stacks are recorded only when debugging is on; see [SetDebug].
type AlreadyCalledError struct {
	Created Stack // where the Deferred was made
	Fired   Stack // where it fired first
	Again   Stack // where it was fired again
}

// Error tells what happened, with the stacks.
func (e *AlreadyCalledError) Error() string {
	var b strings.Builder
	b.WriteString(ErrAlreadyCalled.Error())
	for _, s := range []struct {
		title string
		stack Stack
	}{{"made", e.Created}, {"first fired", e.Fired}, {"fired again", e.Again}} {
		if len(s.stack) > 0 {
			fmt.Fprintf(&b, "\n%s at\n%s", s.title, s.stack)
		}
	}
	return b.String()
}

// Is reports whether target is ErrAlreadyCalled.
func (e *AlreadyCalledError) Is(target error) bool { return target == ErrAlreadyCalled }

// A TimeoutError is the result of a Deferred whose time ran out; see [Deferred.AddTimeout]. It matches os.ErrDeadlineExceeded and context.DeadlineExceeded.
// Twisted: defer.TimeoutError.
type TimeoutError struct {
	After time.Duration
}

// Error tells the time.
func (e *TimeoutError) Error() string { return fmt.Sprintf("deferred: timed out after %v", e.After) }

// Timeout returns true, as net.Error asks.
func (e *TimeoutError) Timeout() bool { return true }

// Temporary returns true, as net.Error asks.
func (e *TimeoutError) Temporary() bool { return true }

// Is reports whether target is one of the errors of an exceeded deadline.
func (e *TimeoutError) Is(target error) bool {
	return target == os.ErrDeadlineExceeded || target == context.DeadlineExceeded
}
