// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
)

// tool runs a program with input and returns what it prints. Its exit status tells of failed tests.
func tool(t *testing.T, input, program string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(input)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if ctx.Err() != nil || strings.Contains(errs.String(), "Traceback") || err != nil && cmd.ProcessState == nil {
		t.Fatalf("%s: %v\n%s%s", program, err, out, errs.String())
	}
	return string(out) + errs.String()
}

// number finds what follows a word in the output of a tool.
func number(t *testing.T, out, pattern string) int {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no %q in %q", pattern, out)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSubunitTools: subunit's own programs count the tests of both versions as we do. Problems outside of tests are tests to them.
func TestSubunitTools(t *testing.T) {
	v2 := report(t, "subunit2", reporter.Options{}, summary(tests(), packages()))
	for version, stream := range map[string]string{
		"2": v2,
		"1": tool(t, report(t, "subunit", reporter.Options{}, summary(tests(), packages())), "subunit-1to2"),
	} {
		out := tool(t, stream, "subunit-stats")
		for what, want := range map[string]int{
			"Total tests":   14 + 2 + 2, // two attempts failed; a package does not compile, one has an error outside of its tests
			"Failed tests":  5 + 2 + 2,
			"Skipped tests": 2,
			"Passed tests":  14 - 5 - 2,
		} {
			if got := number(t, out, what+`: +(\d+)`); got != want {
				t.Errorf("version %s: %s: %d, want %d\n%s", version, what, got, want, out)
			}
		}
		if !strings.Contains(out, "flaky") {
			t.Errorf("version %s: the tag of the flaky test is missing: %s", version, out)
		}
	}
	var doc struct {
		Tests int `xml:"tests,attr"`
		Cases []struct {
			Name    string  `xml:"name,attr"`
			Failure *string `xml:"failure"`
			Skipped *string `xml:"skipped"`
		} `xml:"testcase"`
	}
	if _, err := os.Stat("/usr/lib/python3/dist-packages/junitxml"); err != nil {
		t.Skip("python3-junitxml is not installed")
	}
	if err := xml.Unmarshal([]byte(tool(t, v2, "subunit2junitxml")), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Tests != 18 || len(doc.Cases) != 18 {
		t.Errorf("%d tests, %d cases", doc.Tests, len(doc.Cases))
	}
	for _, c := range doc.Cases {
		switch c.Name {
		case "TestFail":
			if c.Failure == nil || !strings.Contains(*c.Failure, "server_test.go:42: prices differ:\n-  5\n+  7") || !strings.Contains(*c.Failure, "42") {
				t.Errorf("%s: %v", c.Name, c.Failure)
			}
		case "TestSkip":
			if c.Skipped == nil || *c.Skipped != "no network" {
				t.Errorf("%s: %v", c.Name, c.Skipped)
			}
		}
	}
}

// TestGotestsum: gotestsum reads our events as if go test wrote them.
func TestGotestsum(t *testing.T) {
	file := t.TempDir() + "/events.json"
	if err := os.WriteFile(file, []byte(report(t, "json", reporter.Options{}, summary(tests(), packages()))), 0o666); err != nil {
		t.Fatal(err)
	}
	junit := t.TempDir() + "/junit.xml"
	out := tool(t, "", "gotestsum", "--format", "standard-quiet", "--no-color", "--junitfile", junit, "--raw-command", "--", "cat", file)
	// The two failed attempts of the flaky test are tests of their own.
	if got := number(t, out, `DONE (\d+) tests`); got != 14+2 {
		t.Errorf("%d tests\n%s", got, out)
	}
	if got := number(t, out, `, (\d+) skipped`); got != 3 { // the todo is one
		t.Errorf("%d skipped\n%s", got, out)
	}
	if got := number(t, out, `, (\d+) failures`); got != 5+2+1 { // and a package of which no test failed
		t.Errorf("%d failed\n%s", got, out)
	}
	for _, want := range []string{"broken/x.go:3:5: undefined: y", "server_test.go:42: prices differ:", "logged: lost connection", "-test.shuffle 42"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
