// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package console writes events as lines for people: in colours on a terminal, as logfmt, or in Twisted's classic form.
//
//	log := slog.New(console.NewHandler(os.Stderr, nil))
//	observer := console.New(os.Stderr, &console.Config{Format: console.Logfmt})
//
// The three forms:
//
//	10:00:00.500 warn  app.web: slow answer path=/ elapsed=1.5s           Text
//	time=2026-11-22T10:00:00.5Z level=warn namespace=app.web msg="slow answer" path=/ elapsed=1.5s     Logfmt
//	2026-11-22T10:00:00+0000 [app.web#warn] slow answer path=/ elapsed=1.5s    Classic
//
// Classic and Logfmt are those of package format, Classic with its option Fields. A field that the message shows already, because the event's format names it, is not repeated in Text and Classic. The
// further lines of a message and of a stack are indented by a tab, so that none can pass for an event. An event without text, fields or failure makes no line.
//
// Whatever a terminal might obey (control octets, runes that turn the direction of writing) is escaped, everywhere; in keys it becomes "_". A line has at most 64 KiB, and ends in "... (cut)" if it was cut.
//
// Colours are used if Config says so; by default on a terminal, unless NO_COLOR is set or TERM is dumb, and always if CLICOLOR_FORCE is set and not 0.
//
// Twisted: textFileLogObserver, FileLogObserver.
//
// # Concurrency
//
// Everything is safe from any goroutine. A line is one Write, one at a time; it blocks as long as the writer does: package async puts a queue between.
package console
