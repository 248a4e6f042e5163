// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package logger is structured logging with Twisted's ideas: events with named fields, given to observers, which make text, JSON, or anything else of them.
//
// Typical use, in a package:
//
//	var log = logger.ForPackage(nil) // the namespace is the package's path
//
//	log.Info("{peer} asks for {path}", slog.Any("peer", addr), slog.String("path", path))
//	log.Failure(err, "reading {file}", slog.String("file", name)) // critical, with stack and wrapped errors
//	defer log.Handle("serving {peer}", slog.Any("peer", addr))    // stops and logs a panic
//
// and in main:
//
//	levels := logger.NewLevelFilter(logger.Info)
//	levels.Set("example.com.app.db", logger.Debug) // at any time
//	file := jsonlog.NewObserver(f, jsonlog.Options{})
//	logger.GlobalBeginner().Begin(logger.BeginConfig{}, &logger.Filter{Observer: file, Predicates: []logger.Predicate{levels}})
//
// # The nouns
//
// An [Event] is a format and its fields, with a level, a namespace, a time. It is not text yet: "{path}" is filled in by an observer that needs text, see package format for what a
// format may say. Fields are those of log/slog.
//
// A [Logger] makes events. It asks first whether anyone wants them: one that nobody wants costs a few nanoseconds and no allocation. [Logger.With], [Logger.Named] and [Logger.For] return
// others with more fields, a longer namespace, a source. [ContextWith] carries fields in a context to [Logger.Log].
//
// An [Observer] is told of events, on the goroutine that logs. A [Publisher] passes them to many, and bears that one breaks. A [Filter] asks predicates: [LevelFilter] has a level for each namespace,
// [Sample], [RateLimit] and [Dedupe] hold back what comes too often. A [History] keeps the last events; a [FlightRecorder] keeps debug events until an error makes them worth writing.
//
// [Global] is where Loggers without an observer log to. Until the program has called [Beginner.Begin] the last 200 events are kept, and critical ones are written to standard error. It is the one
// global value of the module; a Publisher, and a Beginner, of one's own do the same without it.
//
// A [Writer] makes events of lines that are written to it; [Warning] tells callers of what is deprecated, with their file and line; a [Trace] shows the way of an event.
//
// # For implementers of Observer
//
//   - do not change the event or its fields: others see them too; they are used again after the call: Clone what you keep
//   - do not block: the caller may be a reactor's loop
//   - be safe from several goroutines at a time
//   - do not panic, whatever a field holds: its methods may
//   - implement Enabler if there are events that you have no use for
//
// loggertest.TestObserver tests this.
//
// # Concurrency
//
// Everything here is safe from any goroutine, unless it says otherwise; exported fields are set before the first use. Locks are not nested, but for a Beginner's while it replays: its observers may log then.
//
// # Limits
//
// A text is 64 KiB at most, and so is an event as JSON, a line of a Writer, and what predicates remember is bounded. A stack has 64 frames.
//
// Not supported: reading from a Writer; the names of twisted.python.log, of which package jsonlog reads and prints the events.
package logger
