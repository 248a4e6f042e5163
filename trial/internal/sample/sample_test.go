// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sample

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/runner"
)

var update = flag.Bool("update", false, "write the table anew")

const (
	table = "../../docs/side-by-side.md"
	trial = "trial3" // Debian's name for it
)

// reporters are those that both have, ours first.
var reporters = []struct{ ours, twisted string }{{"tree", "verbose"}, {"bwverbose", "bwverbose"}, {"text", "text"}, {"summary", "summary"}, {"timing", "timing"}, {"subunit", "subunit"}}

// differs are the tests of which both do not say the same, and why.
var differs = map[string]string{
	"Sample.LeakConnection": "Twisted notices after it has said that the test passed",
	"Sample.LeakPort":       "as with LeakConnection",
	"Sample.LeakProcess":    "as with LeakConnection",
	"Sample.LeakFile":       "Twisted does not look for descriptors",
	"Sample.LeakGoroutine":  "Twisted does not look for threads",
}

// TestSideBySide runs the suite by this module and its twin by Twisted, each with every reporter that both have, and compares the verdicts of every test.
func TestSideBySide(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a suite")
	}
	if _, err := exec.LookPath(trial); err != nil {
		t.Skipf("%s is not installed", trial)
	}
	ours, twisted := runOurs(t), runTwisted(t)
	if got, want := strings.Join(ours.order, " "), strings.Join(twisted.order, " "); got != want {
		t.Fatalf("the tests are\n%s\nand the twin's\n%s", got, want)
	}
	for _, test := range twisted.order {
		for _, side := range []*report{ours, twisted} {
			for name, verdicts := range side.verdicts {
				got, want := verdicts[test], side.verdicts["bwverbose"][test]
				if name == "verbose" || name == "subunit" { // there our verdicts stand once
					got, want = once(got), once(want)
				}
				if name == "subunit" && side == twisted { // which has no word for it, it says
					want = strings.ReplaceAll(want, "[SUCCESS!?!]", "[OK]")
				}
				if name != "summary" && got != want {
					t.Errorf("%s: %s says %q, bwverbose %q", test, name, got, want)
				}
			}
		}
		if a, b := ours.verdicts["bwverbose"][test], twisted.verdicts["bwverbose"][test]; (a != b) != (differs[test] != "") {
			t.Errorf("%s: we say %s, Twisted %s", test, a, b)
		}
	}
	got := page(ours, twisted)
	if *update {
		if err := os.WriteFile(table, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what was found (go test -update writes it anew):\n%s", table, got)
	}
}

// TestOutside: what goes wrong outside of tests is an error of the run, on both sides, and so is what cannot be loaded.
func TestOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds packages")
	}
	if _, err := exec.LookPath(trial); err != nil {
		t.Skipf("%s is not installed", trial)
	}
	for _, tt := range []struct{ dir, module, ours, twisted, text, status string }{
		{"outside", "twin_outside", "outside <not in test>", "<not in test>", "late", "FAILED (errors=1, successes=1)"},
		{"broken", "twin_broken", "broken (does not compile)", "twin_broken", "undefined", "FAILED (errors=1)"},
	} {
		var b bytes.Buffer
		r, err := reporter.New("tree", reporter.Options{Writer: &b})
		if err != nil {
			t.Fatal(err)
		}
		if s := runGo(t, "./testdata/"+tt.dir, r); s.Passed || s.Counts.Errors != 1 {
			t.Errorf("%s: %+v", tt.dir, s.Counts)
		}
		for out, id := range map[string]string{b.String(): tt.ours, python(t, "verbose", tt.module): tt.twisted} {
			_, problems, _ := strings.Cut(out, "\n====")
			if !strings.Contains(problems, "\n[ERROR]\n") || !strings.Contains(problems, id+"\n") || !strings.Contains(problems, tt.text) || !strings.HasSuffix(out, "\n"+tt.status+"\n") {
				t.Errorf("%s:\n%s", id, out)
			}
		}
	}
}

func runOurs(t *testing.T) *report {
	t.Helper()
	r := newReport()
	outputs := map[string]*bytes.Buffer{}
	var all []reporter.Reporter
	for _, name := range reporters {
		outputs[name.ours] = new(bytes.Buffer)
		one, err := reporter.New(name.ours, reporter.Options{Writer: outputs[name.ours]})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if s := runGo(t, "./testdata/suite", reporter.Multi(all...)); s.Passed {
		t.Error("the suite passed")
	}
	for _, name := range reporters {
		r.add(name.twisted, outputs[name.ours].String(), regexp.MustCompile(`Test(\w+)/Test`), "$1.")
	}
	return r
}

func runGo(t *testing.T, dir string, r reporter.Reporter) *result.Summary {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	s, err := runner.Run(ctx, runner.Config{Args: []string{dir}, NoRecurse: true, Reporter: r})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// python runs a twin, which has to fail.
func python(t *testing.T, reporter, module string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, trial, "--temp-directory", t.TempDir()+"/trial", "--reporter", reporter, module)
	cmd.Dir = "testdata"
	cmd.Env = append(os.Environ(), "PYTHONPATH=.", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.Output()
	if cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%s: %v\n%s", trial, err, out)
	}
	return string(out)
}

func runTwisted(t *testing.T) *report {
	t.Helper()
	r := newReport()
	for _, name := range reporters {
		r.add(name.twisted, python(t, name.twisted, "twin"), regexp.MustCompile(`(\w+)\.test_`), "$1.")
	}
	return r
}

// page is the table, in Markdown.
func page(ours, twisted *report) string {
	var b strings.Builder
	b.WriteString(`# Side by side with Twisted's trial

One suite with a test of every kind ([in Go](../internal/sample/testdata/suite/suite_test.go)) and its twin ([in Python](../internal/sample/testdata/twin.py)), run by this module and by Twisted's trial.
A test runs both and holds this page true: ` + "`go test ./internal/sample -update`" + ` writes it.

| test | Twisted | ours | why they differ |
| --- | --- | --- | --- |
`)
	for _, test := range twisted.order {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", test, code(twisted.verdicts["bwverbose"][test]), code(ours.verdicts["bwverbose"][test]), differs[test])
	}
	b.WriteString("\nThe tree, the text, the timing and the subunit reporter of either say the same as its bwverbose, but that Twisted's subunit calls an unexpected success a success.\n")
	for _, name := range reporters[:4] {
		fmt.Fprintf(&b, "\n## %s\n\nTwisted, `--reporter %s`:\n\n```text\n%s```\n\nOurs, `--reporter %s`:\n\n```text\n%s```\n", name.ours, name.twisted, steady(twisted.text[name.twisted]), name.ours, steady(ours.text[name.twisted]))
	}
	return b.String()
}

func code(s string) string { return "`" + s + "`" }

var elapsed = regexp.MustCompile(`\d+\.\d{3,}(?:e-\d+)?`)

// steady takes out of a report what another run has otherwise: times, and the texts of the problems.
func steady(s string) string {
	s = elapsed.ReplaceAllString(s, "0.000")
	if i := strings.Index(s, "\n===="); i >= 0 {
		j := strings.LastIndex(s, "\n-----")
		s = s[:i] + "\n[...]" + s[j:]
	}
	return strings.TrimRight(s, "\n") + "\n"
}
