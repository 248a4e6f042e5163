// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package slogadapter joins observers of events and log/slog, in both directions and in one line each.
//
//	log := slog.New(slogadapter.New(observer, nil))           // slog in front, an Observer behind
//	observer := slogadapter.NewObserver(slog.Default().Handler()) // events in front, any slog.Handler behind
//
// [Handler] makes an event of each record: the message becomes the format (with its braces doubled, so that it stands for itself), the groups and attributes the
// fields, with LogValuers resolved. Three attributes outside of groups have places of their own in an event and are moved there:
//
//	namespace   a string, as the event's Namespace
//	system      a string, as its System
//	error, err  an error, as its Failure, with the stack that it offers by Traceback() string or by %+v
//
// Any other attribute that holds an error stays a field, and the first of them is the Failure too if there is no other. [Observer] goes the other way, with the same keys, and stack
// for the stack. Both hand on the program counter, so that the source location is that of the caller. Levels convert by value.
//
// Twisted: STDLibLogObserver, PythonLoggingObserver.
//
// # Concurrency
//
// Handlers and observers are safe from any goroutine; they block only as long as what is behind them does.
package slogadapter
