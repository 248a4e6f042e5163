// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package result_test

import (
	"testing"

	"github.com/torsion-go/torsion/trial/result"
)

func TestCounts(t *testing.T) {
	failure, mistake := result.Problem{Text: "got 1"}, result.Problem{Error: true, Text: "panic"}
	tests := []*result.Test{
		{Outcome: result.Passed},
		{Outcome: result.Failed, Problems: []result.Problem{failure, failure, mistake}},
		{Outcome: result.Failed}, // by a subtest
		{Outcome: result.Errored, Problems: []result.Problem{mistake}},
		{Outcome: result.Skipped},
		{Outcome: result.ExpectedFailure, Problems: []result.Problem{failure}},
		{Outcome: result.UnexpectedSuccess},
		{Outcome: result.Passed, Attempts: []result.Outcome{result.Failed}, Problems: []result.Problem{failure}},
		{Outcome: result.Failed, Attempts: []result.Outcome{result.Failed}, Problems: []result.Problem{failure}},
	}
	var got result.Counts
	for _, test := range tests {
		got.AddTest(test)
	}
	want := result.Counts{Run: 9, Successes: 1, Failures: 3, Errors: 2, Skips: 1, ExpectedFailures: 1, UnexpectedSuccesses: 1, Flaky: 1}
	if got != want {
		t.Errorf("tests: %+v, want %+v", got, want)
	}

	got = result.Counts{}
	got.AddPackage(&result.Package{Outcome: result.Failed}) // by a test
	got.AddPackage(&result.Package{Outcome: result.Errored, Build: []byte("x.go:1:1: syntax error")})
	got.AddPackage(&result.Package{Outcome: result.Errored, Problems: []result.Problem{mistake, failure}})
	got.AddPackage(&result.Package{Outcome: result.Passed, Build: []byte("a warning of the linker")})
	if want := (result.Counts{Errors: 2, Failures: 1}); got != want {
		t.Errorf("packages: %+v, want %+v", got, want)
	}
}
