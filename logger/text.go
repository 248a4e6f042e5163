// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/logger/internal/brace"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// Text returns the event's format with its fields filled in, at most 64 KiB of it: "" if it has no format. What cannot be formatted is told instead. The text is raw: for
// lines of a file or a terminal use package format, which escapes control characters. Twisted: formatEvent.
func (e *Event) Text() string {
	if strings.IndexByte(e.Format, '{') < 0 && strings.IndexByte(e.Format, '}') < 0 && len(e.Format) <= text.Max {
		return e.Format
	}
	var buf [256]byte
	var b []byte
	var err error
	if e.Flattened != nil {
		b, err = brace.AppendFlat(buf[:0], e.Format, e.Flattened)
	} else {
		b, err = brace.AppendFormat(buf[:0], e.Format, e.lookup())
	}
	if err != nil {
		return unformattable(e, err)
	}
	return string(b)
}

// Traceback returns the text of the event's failure: its type and message, those of the errors that it wraps, and the stack. The stack alone if there is no failure.
func (e *Event) Traceback() string {
	var b strings.Builder
	err, cause := e.Failure, ""
	for n := 0; err != nil && n < maxChain; n++ {
		fmt.Fprintf(&b, "%s%T: %s\n", cause, err, text.Error(err))
		cause = "caused by "
		if many, ok := err.(interface{ Unwrap() []error }); ok { // its message tells them all
			err = nil
			if all := many.Unwrap(); len(all) == 1 {
				err = all[0]
			}
			continue
		}
		err = errors.Unwrap(err)
	}
	b.WriteString(e.Stack)
	return strings.TrimSuffix(b.String(), "\n")
}

// maxChain bounds how many wrapped errors are shown.
const maxChain = 16

// unformattable tells of an event that has no text. Should even that fail, the last resort tells what can be shown of its fields. Twisted: formatUnformattableEvent.
func unformattable(e *Event, cause error) string {
	dst := append([]byte("Unable to format event {log_format: "), fmt.Sprintf("%q", e.Format)...)
	for _, a := range e.Fields {
		dst = append(append(append(dst, ", "...), a.Key...), ": "...)
		var err error
		if dst, err = brace.Append(dst, a.Value, 'r', ""); err != nil {
			return lost(e, cause, err)
		}
		dst = text.Cut(dst, 0)
	}
	dst = append(append(dst, "}: "...), cause.Error()...)
	return string(text.Cut(dst, 0))
}

func lost(e *Event, cause, again error) string {
	dst := fmt.Appendf(nil, "MESSAGE LOST: unformattable object logged: %v\nRecoverable data: log_format = %q", cause, e.Format)
	for _, a := range e.Fields {
		dst = append(append(append(dst, ", "...), a.Key...), " = "...)
		var err error
		if dst, err = brace.Append(dst, a.Value, 'r', ""); err != nil {
			dst = fmt.Appendf(dst, "<%T: %v>", a.Value.Any(), err)
		}
		dst = text.Cut(dst, 0)
	}
	return string(text.Cut(fmt.Appendf(dst, "\nException during formatting: %v", again), 0))
}
