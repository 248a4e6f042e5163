// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package zapadapter joins observers, log/slog and go.uber.org/zap: each can stand in front of zap's cores, and zap can stand in front of an observer. It also has the
// JSON lines that the rest of the module writes, which zap's encoder makes.
//
//	core := zapadapter.NewJSON(file, nil)              // one JSON object a line; a zap core like any other
//	log := slog.New(zapadapter.NewHandler(core, nil))  // slog in front of a zap core
//	observer := zapadapter.NewObserver(core, nil)      // events in front of a zap core
//	z := zap.New(zapadapter.NewCore(observer))         // zap in front of an observer
//
// The core may be any: zap's samplers, tees and encoders work as they do below zap.Logger. [NewJSON] is what these lines look like:
//
//	{"level":"info","time":"2026-11-22T10:00:00.5Z","namespace":"app.web","msg":"Hello bob","who":"bob"}
//
// with "source" (file:line) if wanted, "system" and "error" if the event has them, and "stack". Groups are objects. Durations are nanoseconds, as slog writes them; errors
// and Stringers are their text; what cannot be encoded is replaced by why. A line has at most 64 KiB: longer ones are encoded again with
// their strings cut and marked by "truncated". JSON escapes control octets by itself.
//
// Levels: zap has none between its own, so slog's others become the next lower; Critical is DPanic, and DPanic, Panic and Fatal are Critical.
//
// # Concurrency
//
// Everything is safe from any goroutine, and blocks only as long as the core's writer does.
package zapadapter
