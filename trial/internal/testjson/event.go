// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package testjson

import "time"

// Actions of events. Those of tests have the names that cmd/test2json gives them, those of builds the names of go build -json.
const (
	Raw         = "" // a line that is no event
	Start       = "start"
	Run         = "run"
	Pause       = "pause"
	Cont        = "cont"
	Pass        = "pass"
	Bench       = "bench"
	Fail        = "fail"
	Skip        = "skip"
	Output      = "output"
	Attr        = "attr"
	Artifacts   = "artifacts"
	BuildOutput = "build-output"
	BuildFail   = "build-fail"
)

// An Event is one line of the stream.
type Event struct {
	Time        time.Time // zero in cached results
	Action      string
	Package     string
	Test        string
	Elapsed     float64 // in seconds; of pass, fail and skip
	Output      string  // with its end of line, if it has one
	FailedBuild string  // of fail: the ImportPath of the build that failed
	ImportPath  string  // of build-output and build-fail
	Key, Value  string  // of attr
	Path        string  // of artifacts
}
