// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// TestGroups: equal problems are one group, which names at most a hundred tests.
func TestGroups(t *testing.T) {
	var all []*result.Test
	for i := range 150 {
		all = append(all, test("a", fmt.Sprintf("Test%d", i), result.Failed))
	}
	out := report(t, "text", reporter.Options{}, summary(all, nil))
	if strings.Count(out, "[FAIL]") != 1 || !strings.Contains(out, "\na.Test99\n... and 50 more\n") || strings.Contains(out, "a.Test100\n") {
		t.Error(out)
	}
	if !strings.Contains(out, "FAILED (failures=150)\n") || !strings.HasPrefix(out[strings.Index(out, "FF"):], strings.Repeat("F", 150)+"\n") {
		t.Error(out)
	}
}

// TestBounded: of long texts the middle is left out, and that is said.
func TestBounded(t *testing.T) {
	long := strings.Repeat("a line of a long text\n", 10000) // 220 kB
	wide := strings.Repeat("x", 1<<20)
	one := test("a", "TestLong", result.Failed)
	one.Problems[0].Text = "first\n" + long + "last"
	one.Output = []byte("begin\n" + wide + "\nend\n")
	two := test("a", "TestCut", result.Failed)
	two.Problems[0].Text = "cut"
	two.Output, two.Omitted = []byte("begin\nend\n"), 1234567
	s := summary([]*result.Test{one, two}, nil)
	out := report(t, "text", reporter.Options{}, s)
	if len(out) > 160<<10 {
		t.Errorf("%d bytes", len(out))
	}
	for _, want := range []string{"first\na line", "bytes left out ...]\n", "last\n", "begin\n", "end\n", "[... 1,234,567 bytes left out ...]"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q", want)
		}
	}
	if out := report(t, "text", reporter.Options{MaxText: -1}, s); !strings.Contains(out, long) || !strings.Contains(out, wide) {
		t.Error("a limit that is none")
	}
	if out := report(t, "text", reporter.Options{MaxText: 1000}, s); len(out) > 10<<10 {
		t.Errorf("%d bytes with a limit of 1000", len(out))
	}
	for _, name := range []string{"junit", "subunit", "subunit2", "tap", "json", "exec:cat", "github"} {
		one.Problems[0].Text = strings.Repeat(long, 10) // 2.2 MB
		if out := report(t, name, reporter.Options{}, s); len(out) > 10<<20 || !strings.Contains(out, "bytes left out ...]") {
			t.Errorf("%s: %d bytes", name, len(out))
		}
	}
}

// TestRepeat: how what went wrong is run again.
func TestRepeat(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{[]string{"TestA"}, "go test -run '^TestA$' example.com/x"},
		{[]string{"TestA", "TestB"}, "go test -run '^(TestA|TestB)$' example.com/x"},
		{[]string{"TestA/b+c/d"}, `go test -run '^TestA$/^b\+c$/^d$' example.com/x`},
		{[]string{"TestA/b", "TestA/c"}, "go test -run '^TestA$' example.com/x"},
		{[]string{"TestA/b", "TestC"}, "go test -run '^(TestA|TestC)$' example.com/x"},
		{[]string{"TestA/it's"}, `go test -run '^TestA$/^it'\''s$' example.com/x`},
	} {
		var all []*result.Test
		for _, n := range tt.names {
			all = append(all, test("example.com/x", n, result.Failed))
			if top, _, ok := strings.Cut(n, "/"); ok { // its parent failed with it
				all = append(all, &result.Test{ID: result.ID{Package: "example.com/x", Name: top}, Outcome: result.Failed})
			}
		}
		s := summary(all, nil)
		s.Run.Seed = 77
		out := report(t, "tree", reporter.Options{}, s)
		if want := "To repeat it:\n  " + tt.want + "\n  the order came from seed 77: trial --random 77\n"; !strings.Contains(out, want) {
			t.Errorf("%q: no %q in\n%s", tt.names, want, out)
		}
	}
	var many []*result.Test
	for i := range 30 {
		many = append(many, test(fmt.Sprintf("p%d", i), "TestA", result.Failed))
	}
	if out := report(t, "tree", reporter.Options{}, summary(many, nil)); !strings.Contains(out, " p9\n  and 20 more packages\n") {
		t.Error(out)
	}
}

// TestVerdict: flaky runs are not green, interrupted ones say so, and counts that are zero are left out.
func TestVerdict(t *testing.T) {
	green := "\x1b[32mPASSED"
	s := summary([]*result.Test{test("a", "TestA", result.Passed)}, nil)
	if out := report(t, "tree", reporter.Options{Color: reporter.ColorAlways}, s); !strings.HasSuffix(out, green+"\x1b[0m (successes=1)\n") {
		t.Errorf("%q", out)
	}
	f := test("a", "TestA", result.Passed)
	f.Attempts = []result.Outcome{result.Errored}
	s = summary([]*result.Test{f}, nil)
	out := report(t, "tree", reporter.Options{Color: reporter.ColorAlways}, s)
	if strings.Contains(out, "\x1b[32m") || !strings.HasSuffix(out, "FLAKY\x1b[0m (flaky=1)\n") || !strings.Contains(out, "It failed in 1 of 2 attempts: error, passed.") {
		t.Errorf("%q", out)
	}
	for _, passed := range []bool{true, false} { // of a runner that lets a run with flaky tests pass, and of one that does not
		s.Passed = passed
		if out := report(t, "tree", reporter.Options{}, s); !strings.HasSuffix(out, "\nFLAKY (flaky=1)\n") {
			t.Errorf("%v: %q", passed, out)
		}
	}
	s = summary([]*result.Test{f, test("a", "TestB", result.Failed)}, nil)
	if out := report(t, "tree", reporter.Options{}, s); !strings.HasSuffix(out, "\nFAILED (failures=1, flaky=1)\n") {
		t.Errorf("%q", out)
	}
	s = &result.Summary{Run: &result.Run{}, Interrupted: true}
	if out := report(t, "tree", reporter.Options{}, s); !strings.HasSuffix(out, "Ran 0 tests in 0.000s\n\nInterrupted: not everything that was asked for did run.\nFAILED\n") {
		t.Errorf("%q", out)
	}
}

// TestEveryFailureHasTheSeed: each reporter that tells of a failure tells which order it happened in.
func TestEveryFailureHasTheSeed(t *testing.T) {
	s := summary([]*result.Test{test("a", "TestA", result.Failed)}, nil)
	s.Run.Seed = 987654321
	for _, k := range reporter.All() {
		if k.Name == "summary" || k.Name == "dots" || k.Name == "grumpy" || k.Name == "counter" { // numbers, and other tests' reporters
			continue
		}
		name := k.Name
		if name == "exec" {
			name = "exec:cat"
		}
		if out := report(t, name, reporter.Options{}, s); !strings.Contains(out, "987654321") {
			t.Errorf("%s: no seed in\n%s", name, out)
		}
	}
}
