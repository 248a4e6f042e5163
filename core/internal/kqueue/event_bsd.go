// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package kqueue

import "golang.org/x/sys/unix"

// An Event is struct kevent of the system. Its Udata, which is a pointer for most systems, stays nil.
type Event = unix.Kevent_t

// What the systems agree on, though not on the numbers.
const (
	Read    = unix.EVFILT_READ
	Write   = unix.EVFILT_WRITE
	Add     = unix.EV_ADD
	Delete  = unix.EV_DELETE
	Clear   = unix.EV_CLEAR
	EOF     = unix.EV_EOF
	Error   = unix.EV_ERROR
	LowMark = unix.NOTE_LOWAT
)

// Set sets what every event has.
func Set(e *Event, ident, filter, flags int) { unix.SetKevent(e, ident, filter, flags) }
