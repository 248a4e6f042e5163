// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package usage

import (
	"errors"
	"fmt"
	"strings"
)

// An Error is the user's mistake: a command line, an environment variable or a configuration file that says something wrong. Programs exit with status 64 for it. Its
// text names the option. Twisted: UsageError.
type Error struct {
	// Command is the command whose options these are, or "".
	Command string
	// Option is what was wrong: "--listen", "$TWIST_LISTEN", "app.conf:3: listen", or "".
	Option string
	Err    error
}

// Error tells the option and what is wrong with it.
func (e *Error) Error() string {
	if e.Option == "" {
		return e.Err.Error()
	}
	return e.Option + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an *Error. option is the option at fault as the user writes it, "--listen", or "".
func Errorf(option, format string, args ...any) error {
	return &Error{Option: option, Err: fmt.Errorf(format, args...)}
}

// A HelpError is no mistake: the user asked for a text, which has to be written to standard output, with exit status 0.
type HelpError struct{ Text string }

// Error tells that help was asked for.
func (*HelpError) Error() string { return "usage: help was asked for" }

// errorIn makes an error of a Check or a Value one of a command.
func (o *Options) errorIn(option string, err error) error {
	if _, ok := errors.AsType[*HelpError](err); ok {
		return err
	}
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Command == "" {
			e.Command = o.Name
		}
		return err
	}
	return &Error{Command: o.Name, Option: option, Err: err}
}

// Nearest returns the name of those that is most like what was given, or "" if none is. It serves messages: did you mean?
func Nearest(given string, names []string) string {
	best, bestAt := "", len(given)/3+2
	for _, name := range names {
		if d := distance(strings.ToLower(given), strings.ToLower(name), bestAt); d < bestAt {
			best, bestAt = name, d
		}
	}
	return best
}

// distance returns how many letters have to be changed, put in, left out or swapped with the next, or limit if that many or more.
func distance(a, b string, limit int) int {
	if len(a) > 100 || len(b) > 100 || len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}
