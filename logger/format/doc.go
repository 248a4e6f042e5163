// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package format makes text of events: lines as in Twisted's log files, logfmt, and the flattened form that outlives the objects.
//
// Typical use:
//
//	format.Classic(e, format.Options{}) // "2024-02-29T13:04:05+0000 [app.web#info] Hello bob\n"
//
// # Formats
//
// The format of an event is text with fields in braces, as in Python's str.format; doubled braces are braces.
//
//	{name}          the field as text
//	{name!r}        for programmers: strings are quoted; !a in ASCII
//	{n:05d}         by a format specification: [[fill]align][sign][#][0][width][,][.precision][type], which may have fields of its own, {n:{width}}
//	{a.b} {a[k]}    a member of a group, struct, or map; an element of a slice; a method
//	{f()} {a.b().c} what a function or method without arguments returns; an error as its second result is an error
//
// An event knows log_level, log_namespace, log_source and so on as fields too: {log_source.Name}. Nothing is formatted, and no String or LogValue method called, before an observer asks for text, on the
// goroutine that logs. What cannot be formatted (no such field, a method that panics) is told as "Unable to format event {...}: REASON"; if not even that can be done,
// as "MESSAGE LOST" with what can be had.
//
// []byte is shown as b'a\xff', a logger.Level as <LogLevel=warn>; a type may have a method FieldText() string for a text of its own. Maps are in the order of their keys.
//
// # Safety
//
// Text for files and terminals ([AsText], [Classic], [Logfmt]) has control characters, characters that turn the direction of writing, and octets that are not UTF-8 escaped, so that a peer that
// gets a name into the log cannot begin an event there nor steer a terminal. In classic lines a line break is followed by a tab. Texts are 64 KiB at most.
//
// # Concurrency
//
// All functions are safe from any goroutine; they call methods of the fields' values.
//
// Not supported: fields by position ("{}", "{0}").
package format
