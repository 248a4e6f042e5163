// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"io"
	"log/slog"
)

// A LogSpec is what the options say about the log.
type LogSpec struct {
	// File is where it goes: "-" standard output, "+" standard error, else a file that is appended to, its name absolute. "" means that nothing was said: "-".
	File string
	// Format is one of App.LogFormats. "" means text on a terminal, else json.
	Format string
	// Level is the least that is logged.
	Level slog.Level
	// MaxSize is the size in bytes from which on a file is rotated. 0 means never.
	MaxSize int64
	// Stdout and Stderr are the streams.
	Stdout, Stderr io.Writer
}

// A LogOpener opens the log of a program.
type LogOpener func(spec LogSpec) (Log, error)

// A Log is where a program logs to. Its methods are safe from any goroutine. Reopen, Rotate and Close are not called on a loop.
type Log interface {
	slog.Handler
	// Reopen opens the file again, which somebody may have renamed.
	Reopen() error
	// Rotate begins a new file, keeping the old one under another name.
	Rotate() error
	// Close writes what is left and closes the file.
	Close() error
}
