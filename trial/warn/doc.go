// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package warn is for what a program should be told, though nothing has failed: that a function it calls is deprecated, that a value is suspicious. It has code emit warnings, and
// tests see them.
//
// # Typical use
//
// Code that has something to say names a category, and is shown with the place of its caller:
//
//	// Deprecated: use NewParser.
//	func OldParser() *Parser {
//		warn.Deprecated("Example 1.4", "example.NewParser")
//		return NewParser()
//	}
//
// Outside of tests a warning becomes one record of [slog.Default], once for each place. A test that collects them has them shown at its end, once for each place too,
// unless it takes or suppresses them:
//
//	func TestParser(t *testing.T) {
//		w := warn.Collect(t, warn.Suppress(warn.Resource, ""))
//		...
//		for _, one := range w.Flush(TestParser) { // those whose place is in TestParser
//			...
//		}
//		warn.CallDeprecated(t, OldParser, "Example 1.4", "example.NewParser", func() { OldParser() })
//	}
//
// Code that shall not import this package logs with the attribute [Key], which names the category, and is given a logger over [Handler] by the test.
//
// Warnings are for what the compiler and staticcheck cannot see: the "Deprecated:" paragraph of a comment serves those who read, a warning those who run.
//
// # Concurrency
//
// Everything but Collect is safe from any goroutine. A warning goes to the collector that its context carries ([Collector.Context], [EmitContext]); so tests that run in parallel have theirs apart.
// Without one it goes to the collector that began last and has not ended, which is the test's own if no others run beside it.
//
// # Limits
//
// A collector keeps 1,000 warnings, and counts the others; without a collector 1,000 places are remembered, and what is beyond them is not shown.
//
// Twisted: flushWarnings, assertWarns, suppressWarnings, callDeprecated, twisted.python.deprecate.
package warn
