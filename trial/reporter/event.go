// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// An Event is what a program after "exec:" reads, as JSON, one a line. Fields that are zero are left out.
//
//   - "begin": Packages, Total, Seed, Pass, Dry, Time
//   - "start": Package, Test, Time
//   - "problem", when it happens: Package, Test ("": outside of tests), Problems with the one
//   - "stop": Package, Test, Outcome, Reason, Problems, Warnings, Output, Time, Elapsed, Attempts, Flaky, Cached, Worker
//   - "package": Package, Outcome, Problems outside of tests, Build, Output, NoTests, Cached, Coverage, Elapsed
//   - "done": Counts, Elapsed, Interrupted, Passed; a run that is repeated begins again
//
// A program ignores events and fields that it does not know.
type Event struct {
	Event       string         `json:"event"`
	Time        time.Time      `json:"time,omitzero"` // when it began
	Packages    []string       `json:"packages,omitempty"`
	Total       int            `json:"total,omitempty"`
	Seed        *int64         `json:"seed,omitempty"`
	Pass        int            `json:"pass,omitempty"`
	Dry         bool           `json:"dry,omitempty"`
	Package     string         `json:"package,omitempty"`
	Test        string         `json:"test,omitempty"`
	Outcome     string         `json:"outcome,omitempty"` // as result.Outcome.String
	Reason      string         `json:"reason,omitempty"`
	Problems    []EventProblem `json:"problems,omitempty"`
	Warnings    []EventWarning `json:"warnings,omitempty"`
	Output      string         `json:"output,omitempty"`
	Build       string         `json:"build,omitempty"`
	Elapsed     float64        `json:"elapsed,omitempty"` // seconds
	Attempts    []string       `json:"attempts,omitempty"`
	Flaky       bool           `json:"flaky,omitempty"`
	Cached      bool           `json:"cached,omitempty"`
	NoTests     bool           `json:"noTests,omitempty"`
	Coverage    float64        `json:"coverage,omitempty"` // percent of statements
	Worker      int            `json:"worker,omitempty"`
	Counts      map[string]int `json:"counts,omitempty"`
	Interrupted bool           `json:"interrupted,omitempty"`
	Passed      bool           `json:"passed,omitempty"`
}

// EventProblem is a [result.Problem] of an Event.
type EventProblem struct {
	Error bool   `json:"error,omitempty"`
	Text  string `json:"text"`
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
}

// EventWarning is a [result.Warning] of an Event.
type EventWarning struct {
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Category string `json:"category"`
	Text     string `json:"text"`
}

func problemsOf(problems []result.Problem) []EventProblem {
	var all []EventProblem
	for _, p := range problems {
		p.Text = bound(p.Text, maxMachine, 0)
		all = append(all, EventProblem(p))
	}
	return all
}
