// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// A Reporter is told what happens in a run, in this order: Begin; for each test StartTest, Problem as often as something goes wrong, StopTest; StopPackage when all of a package has ended; Done.
// A test that is repeated because it failed starts and stops again, after its package did, and the package stops again: StopTest then has the earlier outcomes in Attempts, and the Summary only the last of them.
// Tests of several packages, and parallel tests of one, overlap. A test with subtests starts before them and stops after them. A run that is repeated begins and ends several times.
//
// What it is given is the runner's: it may keep a Test or Package after StopTest or StopPackage, but does not change it.
//
// One that also is an [io.Closer] is closed after the last Done.
//
// Twisted: itrial.IReporter.
type Reporter interface {
	Begin(run *result.Run)
	StartTest(t *result.Test)
	// Problem tells of p at once, where StopTest tells all of them. A t without a name is a package: p happened outside of its tests.
	Problem(t *result.Test, p result.Problem)
	StopTest(t *result.Test)
	StopPackage(p *result.Package)
	// Done writes what is said at the end. Its error is that of writing: to what, and why.
	Done(s *result.Summary) error
}

// A Ticker is a Reporter that shows how the time passes. A runner calls Tick a few times a second, as it calls the other methods: never two at a time.
type Ticker interface {
	Tick(now time.Time)
}

// Base does nothing. A Reporter that embeds it has only the methods that it needs.
type Base struct{}

var _ Reporter = Base{}

func (Base) Begin(*result.Run)                    {}
func (Base) StartTest(*result.Test)               {}
func (Base) Problem(*result.Test, result.Problem) {}
func (Base) StopTest(*result.Test)                {}
func (Base) StopPackage(*result.Package)          {}
func (Base) Done(*result.Summary) error           { return nil }
