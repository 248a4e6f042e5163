// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import "log/slog"

// An Operation is how work that Do or Go ran came out. Twisted: Operation.
type Operation struct {
	// Failure is the error that the work returned, a *PanicError if it panicked, nil if it did neither.
	Failure error
}

// Succeeded reports whether there was no failure.
func (o Operation) Succeeded() bool { return o.Failure == nil }

// Failed reports whether there was one.
func (o Operation) Failed() bool { return o.Failure != nil }

// Handle is for defer: it stops a panic of the function that defers it, and logs it as a critical event. Twisted: Logger.failureHandler.
//
//	defer log.Handle("serving {peer}", slog.Any("peer", peer))
func (l *Logger) Handle(format string, fields ...slog.Attr) {
	if r := recover(); r != nil {
		err := newPanicError(r, 1)
		l.emit(nil, Critical, err, err.Stack, format, fields)
	}
}

// Do calls f. An error that it returns, or a panic, is logged as a critical event and goes no further. Twisted: Logger.failuresHandled.
func (l *Logger) Do(f func() error, format string, fields ...slog.Attr) (o Operation) {
	defer func() {
		if r := recover(); r != nil {
			err := newPanicError(r, 1)
			o.Failure = err
			l.emit(nil, Critical, err, err.Stack, format, fields)
		}
	}()
	if err := f(); err != nil {
		o.Failure = err
		l.emit(nil, Critical, err, l.stack(err, 1), format, fields)
	}
	return o
}

// Go is Do on a goroutine of its own. The channel gets the Operation when f has returned, and need not be read; who starts the goroutine waits for that before it ends.
func (l *Logger) Go(f func() error, format string, fields ...slog.Attr) <-chan Operation {
	done := make(chan Operation, 1) // one result, so that the goroutine ends unread
	kept := append([]slog.Attr(nil), fields...)
	// The owner is the caller, by the channel.
	go func() { done <- l.Do(f, format, kept...) }()
	return done
}
