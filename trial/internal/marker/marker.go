// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package marker is what a test and the runner of its process say to each other: a test by [testing.T.Attr], which go test -json shows as an action "attr", the runner by the environment.
package marker

// Keys of attributes. Their values are one line.
const (
	Todo    = "trial.todo"    // why the test is expected to fail; set when it starts
	Outcome = "trial.outcome" // "error", "todo" or "unexpected-success"; set when the test ends otherwise than testing can say
	Error   = "trial.error"   // the next problem whose first line ends with this text is an error and not a failure; what goes before is the indentation and the place
	Warning = "trial.warning" // a result.Warning in JSON
	Reason  = "trial.reason"  // why it is skipped
)

// Variables of the environment.
const (
	Active         = "TORSION_TRIAL"                  // "1" in a process that the runner of trial started
	UncleanWarning = "TORSION_TRIAL_UNCLEAN_WARNINGS" // "1": what is left behind is a warning
	Timeout        = "TORSION_TRIAL_TIMEOUT"          // the time-out of tests that say none, as by time.ParseDuration
	Temp           = "TORSION_TRIAL_TEMP"             // the folder of the run, below which tests get their temporary names
	Log            = "TORSION_TRIAL_LOG"              // a file that the log events of tests are appended to
	Strict         = "TORSION_TRIAL_STRICT"           // "1": an unexpected success is a failure
	Stacks         = "TORSION_TRIAL_STACKS"           // "1": Deferreds keep the stacks of their creation and their calls
	ForceGC        = "TORSION_TRIAL_FORCE_GC"         // "1": collect garbage before and after every test
)
