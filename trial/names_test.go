// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

func TestMktemp(t *testing.T) {
	root := t.TempDir()
	t.Setenv(marker.Temp, root)
	t.Run("a part with/odd:names and a great many letters", func(t *testing.T) {
		trial.Run(t, func(tc *trial.Case) {
			seen := map[string]bool{}
			for range 1000 {
				name := tc.Mktemp()
				if seen[name] {
					tc.Fatalf("%s came twice", name)
				}
				seen[name] = true
				rel, err := filepath.Rel(root, name)
				if err != nil {
					tc.Fatal(err)
				}
				parts := strings.Split(filepath.ToSlash(rel), "/")
				if len(parts) != 6 || parts[0] != "trial" || parts[1] != "TestMktemp" || parts[5] != "temp" {
					tc.Fatalf("the name is %q", parts)
				}
				for _, p := range parts {
					if len(p) > 32 || !regexp.MustCompile(`^[-_.=+A-Za-z0-9]+$`).MatchString(p) {
						tc.Fatalf("%q is an element of the name", p)
					}
				}
				if _, err := os.Stat(name); !os.IsNotExist(err) {
					tc.Fatalf("%s is there: %v", name, err)
				}
				if info, err := os.Stat(filepath.Dir(name)); err != nil || !info.IsDir() {
					tc.Fatalf("its folder is not there: %v", err)
				}
			}
		})
	})
	n := 0
	filepath.WalkDir(root, func(string, fs.DirEntry, error) error { n++; return nil })
	if n < 1000 {
		t.Errorf("%d names are left of a thousand", n)
	}
}

func init() {
	sample("temp_pass", func(tc *trial.Case) { os.WriteFile(tc.Mktemp(), nil, 0o600) })
	sample("temp_fail", func(tc *trial.Case) { os.WriteFile(tc.Mktemp(), nil, 0o600); tc.Fail() })
}

// Without a folder of the run, what a test leaves is removed unless the test failed.
func TestMktempIsKeptOnFailure(t *testing.T) {
	dir := t.TempDir()
	env := "TMPDIR="
	if runtime.GOOS == "windows" {
		env = "TMP="
	}
	all := expect(t, "temp_", []expectation{
		{name: "temp_pass", status: "PASS", not: []string{"kept"}},
		{name: "temp_fail", status: "FAIL", says: []string{"its temporary files are kept in " + dir}},
	}, env+dir, marker.Temp+"=")
	left, err := filepath.Glob(filepath.Join(dir, "trial-*", "trial", "TestSamples", "*", "*", "temp"))
	if err != nil || len(left) != 1 || !strings.Contains(left[0], "temp_fail") {
		t.Errorf("left are %q, %v:\n%s", left, err, all["temp_fail"].output)
	}
}

func TestID(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		if got := tc.ID().String(); got != "github.com/torsion-go/torsion/trial.TestID" {
			tc.Errorf("the id is %q", got)
		}
		tc.Run("row one", func(tc *trial.Case) {
			if got := tc.ID().Name; got != "TestID/row_one" || tc.Name() != got {
				tc.Errorf("the name is %q", got)
			}
		})
	})
}

// The name of an ID selects its test.
func TestIDSelects(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(self, "-test.run=^TestID$/^row_one$", "-test.v").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestID/row_one") {
		t.Errorf("%v: %s", err, out)
	}
}
