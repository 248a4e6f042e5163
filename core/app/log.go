// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// The formats that the function OpenLog knows.
const (
	FormatText = "text"
	FormatJSON = "json"
)

// A LogSpec is what the options say about the log.
type LogSpec struct {
	// File is where it goes: "-" standard output, "+" standard error, else a file that is appended to, its name absolute. "" means that nothing was said, which is "-".
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

// A LogOpener opens the log of a program, before a chroot and with all rights.
type LogOpener func(spec LogSpec) (Log, error)

// A Log is where a program logs to. Its methods are safe from any goroutine. Reopen, Rotate and Close are not called on a loop. What goes to a standard stream is
// neither reopened nor rotated nor closed, without an error.
type Log interface {
	slog.Handler
	// Reopen opens the file again, which somebody may have renamed. After an error the log goes on as it was.
	Reopen() error
	// Rotate begins a new file, keeping the old one under another name. After an error the log goes on.
	Rotate() error
	// Close writes what is left and closes the file.
	Close() error
}

// OpenLog is the LogOpener that a program has if it brings none.
func OpenLog(spec LogSpec) (Log, error) {
	w, file, err := spec.open()
	if err != nil {
		return nil, err
	}
	format := spec.Format
	if format == "" {
		format = FormatJSON
		if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			format = FormatText
		}
	}
	options := &slog.HandlerOptions{Level: spec.Level, ReplaceAttr: nameCritical}
	switch format {
	case FormatText:
		return &basicLog{slog.NewTextHandler(w, options), file}, nil
	case FormatJSON:
		return &basicLog{slog.NewJSONHandler(w, options), file}, nil
	}
	if file != nil {
		file.Close()
	}
	return nil, fmt.Errorf("app: OpenLog: there is no format %q", format)
}

// open returns where to write, and the file if it is one.
func (spec LogSpec) open() (io.Writer, *rotatingFile, error) {
	switch spec.File {
	case "", "-":
		return spec.Stdout, nil, nil
	case "+":
		return spec.Stderr, nil, nil
	}
	f, err := openRotating(spec.File, spec.MaxSize)
	return f, f, err
}

// nameCritical gives LevelCritical its name.
func nameCritical(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.LevelKey {
		if l, ok := a.Value.Any().(slog.Level); ok && l >= LevelCritical {
			a.Value = slog.StringValue("CRITICAL")
		}
	}
	return a
}

// A basicLog is a Log of a handler and perhaps a file.
type basicLog struct {
	slog.Handler
	file *rotatingFile
}

func (l *basicLog) Reopen() error {
	if l.file == nil {
		return nil
	}
	return l.file.Reopen()
}

func (l *basicLog) Rotate() error {
	if l.file == nil {
		return nil
	}
	return l.file.Rotate()
}

func (l *basicLog) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
