// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package output

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/async"
	"github.com/torsion-go/torsion/logger/console"
	"github.com/torsion-go/torsion/logger/logfile"
)

// Config tells what to open. The zero Config is standard output, at level info.
type Config struct {
	// File is a path, "-" for standard output, or "+" for standard error. "" means "-".
	File string
	// Format is "text", "json", "logfmt", "classic" or "twisted". "" means text on a terminal and json elsewhere.
	Format string
	// Observer makes the observer of the format "twisted", which writes each event to w by one Write. Nil means that there is no such format.
	Observer func(w io.Writer) logger.Observer
	// Level is the least level that is written; SetLevel changes it. Nil means info.
	Level slog.Leveler
	// Color is for the format text. Zero decides by the terminal and the environment.
	Color console.Color
	// AddSource adds the caller's file and line. False means not.
	AddSource bool
	// Rotate is for a path. The zero Config rotates at 1,000,000 octets and keeps all old files.
	Rotate logfile.Config
	// Daily rotates when the day has changed instead, and names old files by their day, as a logfile.DailyLogFile.
	Daily bool
	// Async has a goroutine write, so that logging never waits for the file; what finds no room in Queue is lost, and counted.
	Async bool
	// Queue is for Async. The zero Config holds 8192 events of 4 MiB. Its Lost has no effect: the format decides how that is told.
	Queue async.Config
	// Stdout and Stderr are what "-" and "+" mean. Nil means the process's.
	Stdout, Stderr io.Writer
}

// A sink is where lines go in the end.
type sink interface {
	io.Writer
	Reopen() error
	Rotate() error
	Close() error
}

// A stream is a sink that belongs to others.
type stream struct{ io.Writer }

func (stream) Reopen() error { return nil }
func (stream) Rotate() error { return nil }
func (stream) Close() error  { return nil }

// open opens the file.
func (c *Config) open() (sink, error) {
	var err error
	switch {
	case c.File == "" || c.File == "-":
		if c.Stdout != nil {
			return stream{c.Stdout}, nil
		}
		return stream{os.Stdout}, nil
	case c.File == "+":
		if c.Stderr != nil {
			return stream{c.Stderr}, nil
		}
		return stream{os.Stderr}, nil
	case c.Daily:
		var f *logfile.DailyLogFile
		if f, err = logfile.OpenDaily(c.File, &c.Rotate); err == nil {
			return f, nil
		}
	default:
		var f *logfile.LogFile
		if f, err = logfile.Open(c.File, &c.Rotate); err == nil {
			return f, nil
		}
	}
	return nil, fmt.Errorf("output: %w", err)
}
