// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || freebsd

package kqueue

import "golang.org/x/sys/unix"

// HasUser tells whether there are events that the program triggers.
const HasUser = true

// The filter of events that the program triggers, and the note that does it.
const (
	User    = unix.EVFILT_USER
	Trigger = unix.NOTE_TRIGGER
)
