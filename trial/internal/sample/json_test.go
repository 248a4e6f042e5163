// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sample

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/runner"
)

// TestJSONRoundTrip: what reporter json writes, the runner reads again as it was.
func TestJSONRoundTrip(t *testing.T) {
	b, err := os.ReadFile("../../reporter/testdata/json.golden")
	if err != nil {
		t.Fatal(err)
	}
	first := read(t, b)
	var out bytes.Buffer
	r, err := reporter.New("json", reporter.Options{Writer: &out})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runner.Report(t.Context(), bytes.NewReader(b), runner.Config{Reporter: r}); err != nil {
		t.Fatal(err)
	}
	second := read(t, out.Bytes())
	if first != second {
		t.Errorf("first\n%s\nthen\n%s", first, second)
	}
	for _, want := range []string{
		"server.TestPass passed", "server.TestFail failed 1", "server.TestCart error 1", `server.TestSkip skipped 0 "no network"`, `server.TestTodo expected failure`,
		`server.TestDone unexpected success 0 "issue 13"`, "server.TestTable/large error", "server.TestTable failed 0", "broken error", "client.TestFlaky passed",
	} {
		if !strings.Contains(first, "example.com/shop/"+want) {
			t.Errorf("no %q in\n%s", want, first)
		}
	}
}

// read tells what the runner finds in events.
func read(t *testing.T, events []byte) string {
	t.Helper()
	s, err := runner.Report(t.Context(), bytes.NewReader(events), runner.Config{Reporter: reporter.Base{}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, test := range s.Tests {
		fmt.Fprintf(&b, "%s %s %d %q %v\n", test.ID, test.Outcome, len(test.Problems), test.Reason, test.Attempts)
		for _, p := range test.Problems {
			fmt.Fprintf(&b, "\t%v %s:%d %q\n", p.Error, p.File, p.Line, p.Text)
		}
	}
	for _, p := range s.Packages {
		fmt.Fprintf(&b, "%s %s %d\n", p.Path, p.Outcome, len(p.Problems))
	}
	fmt.Fprintf(&b, "%+v\n", s.Counts)
	return b.String()
}
