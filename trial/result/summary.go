// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package result

import (
	"strconv"
	"time"
)

// A Run is what is about to be run.
type Run struct {
	Packages []string // import paths
	Total    int      // how many tests there will be; 0 if that is not known
	Started  time.Time
	Shuffled bool
	Seed     int64             // of the order, if Shuffled
	Pass     int               // which repetition of the run this is, from 1; 0 if it is not repeated
	Dry      bool              // tests are listed and not run
	Dirs     map[string]string // the folder of each package by its path, as far as they are known: problems name files by their base
}

// A Package is what is known of a package besides its tests.
type Package struct {
	Path     string
	Outcome  Outcome
	NoTests  bool // it has no test files, or none of its tests were chosen
	Cached   bool
	Build    []byte    // what the compiler said, if it does not compile
	Output   []byte    // what was printed outside of tests
	Problems []Problem // outside of tests; Twisted: "<not in test>"
	Coverage float64   // of its statements, in percent; negative if it was not measured
	Elapsed  time.Duration
}

// Counts are numbers of tests, and of what went wrong in them.
type Counts struct {
	Run                 int // tests that ended, with whatever outcome
	Successes           int
	Failures            int // assertions that did not hold, one for each
	Errors              int // in tests and outside of them
	Skips               int
	ExpectedFailures    int
	UnexpectedSuccesses int
	Flaky               int
}

// A Summary is the whole of a run that has ended.
type Summary struct {
	Run         *Run
	Counts      Counts
	Tests       []*Test // in the order in which they ended
	Packages    []*Package
	Elapsed     time.Duration
	Interrupted bool // not everything that was asked for did run
	Passed      bool // what the exit status says
}

func position(file string, line int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return file + ": "
	default:
		return file + ":" + strconv.Itoa(line) + ": "
	}
}
