// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package result

import "strconv"

// Outcome is how a test, or a package, ended.
type Outcome uint8

const (
	Running           Outcome = iota // it has not ended
	Passed                           // "[OK]"
	Failed                           // an assertion did not hold: "[FAIL]"
	Errored                          // anything else went wrong: a panic, a time-out, a logged error, an unclean reactor, a process that ended, a package that does not compile: "[ERROR]"
	Skipped                          // "[SKIPPED]"
	ExpectedFailure                  // it failed, as its todo said: "[TODO]"
	UnexpectedSuccess                // it passed, though its todo said it would fail: "[SUCCESS!?!]"
)

var outcomes = [...]string{"running", "passed", "failed", "error", "skipped", "expected failure", "unexpected success"}

// String returns the name in lower case.
func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return "Outcome(" + strconv.Itoa(int(o)) + ")"
}

// Bad reports whether a run with such a test fails.
func (o Outcome) Bad() bool { return o == Failed || o == Errored }
