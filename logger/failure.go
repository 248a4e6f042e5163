// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"fmt"
	"log/slog"
	"runtime"
	"strconv"

	"github.com/torsion-go/torsion/logger/internal/text"
)

// Failure logs an error as a critical event, with the stack of the caller unless the error brings its own by a method Stack() string or Traceback() string, or %+v, somewhere in its chain, or l is
// WithoutStacks. Twisted: Logger.failure.
func (l *Logger) Failure(err error, format string, fields ...slog.Attr) {
	if l.Enabled(Critical) {
		l.emit(nil, Critical, err, l.stack(err, 2), format, fields)
	}
}

// FailureAt is Failure at another level.
func (l *Logger) FailureAt(level Level, err error, format string, fields ...slog.Attr) {
	if l.Enabled(level) {
		l.emit(nil, level, err, l.stack(err, 2), format, fields)
	}
}

func (l *Logger) stack(err error, skip int) string {
	if own := text.Stack(err); own != "" || l.noStacks || err == nil {
		return own
	}
	return callers(skip + 1)
}

// A PanicError is what a function panicked with.
type PanicError struct {
	Value any
	Stack string // innermost first, as runtime/debug.Stack writes it
}

// Error tells the value.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Traceback returns the stack: by this method its like is found in an error.
func (e *PanicError) Traceback() string { return e.Stack }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// newPanicError is for functions that have recovered: the panic's frames are above theirs still.
func newPanicError(value any, skip int) *PanicError {
	return &PanicError{Value: value, Stack: callers(skip + 1)}
}

// maxFrames bounds a stack.
const maxFrames = 64

// callers returns the stack, innermost first: a line with the function and one with file and line each.
func callers(skip int) string {
	var pcs [maxFrames]uintptr
	n := runtime.Callers(skip+1, pcs[:])
	var b []byte
	for frames := runtime.CallersFrames(pcs[:n]); ; {
		f, more := frames.Next()
		if f.Function != "" && f.Function != "runtime.goexit" && f.Function != "runtime.gopanic" {
			b = append(append(b, f.Function...), "(...)\n\t"...)
			b = append(append(b, f.File...), ':')
			b = append(strconv.AppendInt(b, int64(f.Line), 10), '\n')
		}
		if !more {
			return string(b)
		}
	}
}
