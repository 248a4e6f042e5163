// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build dragonfly || netbsd || openbsd

package kqueue

// HasUser tells whether there are events that the program triggers. NetBSD has them since version 10, and OpenBSD only lately: a pipe serves all versions.
const HasUser = false

// The filter of events that the program triggers, and the note that does it: not in use here.
const (
	User    = -1 << 15
	Trigger = 0
)
