// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package kqueue

import "time"

// A Queue is an open kqueue.
type Queue interface {
	// Kevent applies the changes, in order, and waits for events: until there are some, when timeout is negative without end, when it is 0 not at all. It
	// returns how many there are in events, which is none at once when events is empty. A change that fails becomes an event with EV_ERROR and the error's number
	// in Data; then there are no others. Where events has no room for it the error is returned, and the changes behind it are not applied. EINTR comes after
	// all changes were applied.
	Kevent(changes, events []Event, timeout time.Duration) (int, error)
	// Await waits until Kevent would have events, without taking them, or until timeout has passed; negative means without end.
	Await(timeout time.Duration) error
	// Close closes the queue. Nobody may wait on it.
	Close() error
}
