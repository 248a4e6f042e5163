// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import "github.com/torsion-go/torsion/trial/result"

// A Reporter is told what happens in a run, in this order: Begin; for each test StartTest, Problem as often as something goes wrong, StopTest; StopPackage when all of a package has ended; Done.
// Tests of several packages, and parallel tests of one, overlap. A run that is repeated begins and ends several times.
//
// What it is given is the runner's: it may keep a Test or Package after StopTest or StopPackage, but does not change it.
type Reporter interface {
	Begin(run *result.Run)
	StartTest(t *result.Test)
	// Problem tells of p at once, where StopTest tells all of them.
	Problem(t *result.Test, p result.Problem)
	StopTest(t *result.Test)
	StopPackage(p *result.Package)
	// Done writes what is said at the end. Its error is that of writing: to what, and why.
	Done(s *result.Summary) error
}
