// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package collect makes tests with outcomes of the events of test processes, and tells a reporter as they come.
//
// # Typical use
//
//	c := collect.New(rep, collect.Config{})
//	c.Begin(&result.Run{})
//	for ev := range parser.Events() {
//		c.Event(ev)
//	}
//	c.End("")
//	err := c.Done(elapsed)
//
// # Nouns
//
// A [Collector] is one run. It finds out what package testing does not say: which test a panic or an exit of the process belongs to, what is a failure and what an
// error, why a test was skipped, and it maps the markers of package marker to outcomes. A [Stream] is one process of one package; where a package runs in one
// process, as go test has it, [Collector.Event] finds the stream.
//
// What a test prints is bounded: the beginning and the end are kept, and what is left out is counted. The output of tests that passed is dropped once they were reported.
//
// # Concurrency
//
// A Collector and its streams are safe from any goroutine. It calls the reporter with a lock held, one call at a time.
package collect
