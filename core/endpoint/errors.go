// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrUnknownType is matched by the [Error] for a description of a type that no parser is registered for.
var ErrUnknownType = errors.New("unknown endpoint type")

// An Error tells what is wrong with a description, and where.
type Error struct {
	// Text is the whole description.
	Text string
	// Offset is where the faulty field begins in Text, in bytes; it is len(Text) for something that is missing.
	Offset int
	// Field is the name of the argument at fault, or "" when it has none.
	Field string
	// Reason tells what is wrong.
	Reason string
	// Err is the cause, where there is one: it is part of the message.
	Err error

	class error // matched by Is, and not part of the message
}

// Error returns "endpoint: TEXT: field: reason: cause" on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("endpoint: " + strconv.Quote(e.Text))
	for _, part := range []string{e.Field, e.Reason, causeText(e.Err)} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	return b.String()
}

func causeText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is ErrUnknownType and e is that error.
func (e *Error) Is(target error) bool { return e.class != nil && target == e.class }

// Detail returns three lines for people: the message without the description, the quoted description, and a caret below the faulty field.
func (e *Error) Detail() string {
	short := *e
	short.Text = ""
	message := strings.TrimPrefix(short.Error(), `endpoint: "": `)
	off := min(max(e.Offset, 0), len(e.Text))
	column := utf8.RuneCountInString(strconv.Quote(e.Text[:off])) - 1 // without the closing quote
	return "endpoint: " + message + "\n  " + strconv.Quote(e.Text) + "\n  " + strings.Repeat(" ", column) + "^"
}
