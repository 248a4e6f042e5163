// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package result

import "time"

// An ID names a test in the same way in every process.
type ID struct {
	Package string // the import path
	Name    string // as in testing.T.Name: "TestServer/large"; "" for what is in no test
}

// String returns the import path, a dot and the name, or the path alone. Twisted: TestCase.id.
func (id ID) String() string {
	if id.Name == "" {
		return id.Package
	}
	return id.Package + "." + id.Name
}

// A Test is what is known of one test.
type Test struct {
	ID
	Outcome  Outcome
	Reason   string    // of a skip, or of a todo
	Problems []Problem // in the order in which they happened, those of earlier attempts first; a bad test without one failed only because a subtest did
	Warnings []Warning
	Output   []byte // what it printed, without the lines that package testing adds and without its problems; bounded by the runner
	Omitted  int64  // bytes of output that were left out in the middle
	Started  time.Time
	Elapsed  time.Duration
	Attempts []Outcome // the outcomes of earlier attempts, when failed tests are repeated
	Cached   bool      // the result is an earlier run's
	Worker   int       // which worker ran it, from 0
}

// Flaky reports whether the test both failed and passed when it was repeated.
func (t *Test) Flaky() bool {
	for _, o := range t.Attempts {
		if o.Bad() != t.Outcome.Bad() {
			return true
		}
	}
	return false
}

// A Problem is one thing that went wrong in a test.
type Problem struct {
	Error bool   // an error, instead of an assertion that did not hold
	Text  string // of one or more lines, the most important first
	File  string // where, if that is known: a path as the toolchain prints it
	Line  int
}

// A Warning is something that should be looked at, but no problem. Twisted: a Python warning, --unclean-warnings.
type Warning struct {
	File     string
	Line     int
	Category string
	Text     string
}

// String returns "file:line: category: text".
func (w Warning) String() string {
	return position(w.File, w.Line) + w.Category + ": " + w.Text
}
