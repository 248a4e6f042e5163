// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package result holds what a run of tests found, for those who run tests and those who report on them.
//
// # Nouns
//
// A [Test] is one test, or one of its subtests, with its [Outcome], its [Problem] values and what it printed. A [Package] holds what concerns no single test. A [Summary] is the whole run.
//
// # Concurrency
//
// Values of this package belong to one goroutine at a time: a runner hands them to its reporters, one after the other.
//
// Twisted: reporter.TestResult.
package result
