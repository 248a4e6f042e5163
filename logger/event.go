// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"log/slog"
	"time"
)

// An Event is one thing that happened. Observers share it: they must not change it, nor keep it or its Fields beyond the call unless they Clone it.
type Event struct {
	// Time is when. The zero Time means that it is not known.
	Time time.Time
	// Level is how much it matters.
	Level Level
	// Namespace tells which part of the program speaks, its parts joined by dots: "app.web". "" means none.
	Namespace string
	// Format is the text with its fields in braces: "Hello {who}". HasFormat tells an empty one from none.
	Format    string
	HasFormat bool
	// Source is the object that speaks, or nil. Twisted: log_source.
	Source any
	// System, if not "", stands in text instead of the namespace and level. Twisted: log_system.
	System string
	// Failure is the error that the event reports, or nil.
	Failure error
	// Stack is where the failure came from, as text, "" if that is not known.
	Stack string
	// Fields are the event's own, in the order of the call. Groups are slog's.
	Fields []slog.Attr
	// PC is the program counter of the call that made it, 0 if not known.
	PC uintptr
}
