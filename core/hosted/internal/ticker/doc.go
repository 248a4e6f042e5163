// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package ticker is what the examples gtkticker, qtticker and wxticker share: the connection whose lines they show, the statistics, and the main function. An example adds
// its window, a few lines of C or C++.
//
// # Typical use
//
//	var app = ticker.New(ticker.Toolkit{Name: "qtticker", Run: qt.Run, Open: openWindow, SetLines: setLines, SetStatus: setStatus})
//
//	func main() { app.Main() }
//
// The window calls back: [Ticker.Painted], [Ticker.Frame], [Ticker.Closed].
//
// # Protocol
//
// The peer sends lines that end with LF. A line whose first word is a number of nanoseconds since 1970 tells when it was sent, and counts for the latency: the time from then
// to the end of the paint that showed it, or a later line. The line "quit" stops the reactor, and the program with it.
//
// Each second, and once at the end, the program prints a [Report] in JSON to its standard output.
//
// # Concurrency
//
// Everything belongs to the toolkit's main thread, on which the reactor runs too.
package ticker
