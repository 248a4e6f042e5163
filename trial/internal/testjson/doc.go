// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package testjson reads what tests say: the stream of go test -json, and the framed output of a test binary that was started with -test.v=test2json.
//
// # Typical use
//
//	p := testjson.NewParser(testjson.Limits{})
//	p.Feed(bytes)
//	for ev := range p.Events() {
//		...
//	}
//	p.Close() // what is left is a last line
//
// A [Parser] reads the first, a [Framer] the second; both make [Event] values. They do no I/O, may be fed bytes split anywhere, and hold a bounded number of them.
// Nothing is an error: a line that is no event is an event of its own, with Action "" and the line as its output.
//
// # Concurrency
//
// A Parser or Framer belongs to one goroutine.
//
// The formats: go doc test2json, go help buildjson.
package testjson
