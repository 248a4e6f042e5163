// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// A suite with a test of every kind ends, run by the command, as the page that compares it with Twisted's trial says.
func TestSample(t *testing.T) {
	page, err := os.ReadFile("../../../trial/docs/side-by-side.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| (\\w+)\\.(\\w+) \\| `[^`]*` \\| `([^`]*)` \\|")
	want := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		parent := "Test" + m[1]
		want[parent+"/Test"+m[2]] = strings.ReplaceAll(m[3], "[FAIL]", "[FAILURE]") // bwverbose's word
	}
	if len(want) < 20 {
		t.Fatalf("the page has %d rows", len(want))
	}
	t.Setenv("GOWORK", "")
	status, out, errs := command(t, "../../../trial/internal/sample/testdata/suite", "", temp(t, "--reporter", "bwverbose", ".")...)
	line := regexp.MustCompile(`(?m)^\S+/suite\.(Test\S+) \.\.\. (\[.*\])$`)
	got := map[string]string{}
	for _, m := range line.FindAllStringSubmatch(out, -1) {
		got[m[1]] = m[2]
	}
	for name, verdict := range want {
		if got[name] != verdict {
			t.Errorf("%s: %q, want %q", name, got[name], verdict)
		}
	}
	if status != 1 || errs != "" {
		t.Errorf("status %d, %s", status, errs)
	}
}
