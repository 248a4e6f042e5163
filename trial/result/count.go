// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package result

// AddTest counts a test that has ended.
//
// Each of its problems is a failure or an error, unless they were expected or a later attempt passed. A bad test without problems failed only because a subtest did, and adds none.
func (c *Counts) AddTest(t *Test) {
	c.Run++
	switch {
	case t.Outcome.Bad():
		c.addProblems(t.Problems)
	case t.Flaky():
		c.Flaky++
	case t.Outcome == Passed:
		c.Successes++
	case t.Outcome == Skipped:
		c.Skips++
	case t.Outcome == ExpectedFailure:
		c.ExpectedFailures++
	case t.Outcome == UnexpectedSuccess:
		c.UnexpectedSuccesses++
	}
}

// AddPackage counts what went wrong outside of a package's tests. One that does not compile is an error.
func (c *Counts) AddPackage(p *Package) {
	c.addProblems(p.Problems)
	if len(p.Problems) == 0 && len(p.Build) > 0 && p.Outcome.Bad() {
		c.Errors++
	}
}

func (c *Counts) addProblems(problems []Problem) {
	for _, p := range problems {
		if p.Error {
			c.Errors++
		} else {
			c.Failures++
		}
	}
}
