// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package reporter tells people and programs how a run of tests goes.
//
// # Typical use
//
//	r, err := reporter.Open([]string{"tree", "junit=report.xml"}, reporter.Options{Terminal: true, Width: 100})
//	...
//	summary, err := runner.Run(ctx, runner.Config{Args: []string{"./..."}, Reporter: r})
//	err = r.(io.Closer).Close()
//
// # Nouns
//
// A [Reporter] is called by a runner. A [Kind] is one that is chosen by name: those of [All] come with this package, others are added by [Register]. [Open] makes several from the words of a command line, each with a file if it has one; [Multi] tells several.
//
//   - for people: tree, bwverbose, text, summary, timing, progress
//   - for programs: subunit, subunit2, junit, tap, tap13, github, json
//   - exec:program args, which reads an [Event] a line
//
// # What people read
//
// The final report has bad news first: what failed, what went wrong otherwise, what is flaky, then the rest; equal problems once, with all the tests that have them; how to repeat it; numbers and the verdict. What went wrong outside of tests is there as "<not in test>".
// A test that failed and then passed is flaky, and never shown as one that passed. A test that failed only because a subtest did is no failure of its own.
//
// Names and texts of tests are not trusted. What a terminal would obey is shown as Go escapes it, but for the colours of what tests print. Long texts lose their middle, and that is said: see Options.MaxText; programs get at most 1 MiB of each.
//
// # Concurrency
//
// A runner calls the methods of a Reporter one at a time. The functions of this package are safe from any goroutine.
//
// # Standards
//
// Subunit 1.1 and 2 (github.com/testing-cabal/subunit); TAP 13 and 14 (testanything.org); JUnit XML by the schemas of Ant's reports and of Jenkins' xunit plugin; the workflow commands of GitHub Actions; go doc test2json; no-color.org.
//
// # Not supported
//
// TAP and version 2 of subunit have no word for errors that are no failures. Version 1 has none for tests that overlap: each is written when it has ended. Warnings that belong to no test are not shown.
//
// Twisted: twisted.trial.reporter, IReporter.
package reporter
