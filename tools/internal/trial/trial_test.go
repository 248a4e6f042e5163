// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/tools/internal/trial"
)

func TestMain(m *testing.M) {
	os.Setenv("GOWORK", "off") // the modules of these tests are in no workspace
	os.Setenv("GOFLAGS", "")
	leaktest.Main(m)
}

// hostile is the module of bad tests.
const hostile = "../../../trial/runner/testdata/hostile"

// command runs trial in dir.
func command(t *testing.T, dir, stdin string, args ...string) (status int, out, errs string) {
	t.Helper()
	ownCache(t)
	t.Chdir(dir)
	var o, e bytes.Buffer
	status = trial.Main(context.Background(), args, trial.Stdio{In: strings.NewReader(stdin), Out: &o, Err: &e}, nil)
	return status, o.String(), e.String()
}

// ownCache gives the command a cache of its own. The go command's stays where it is.
func ownCache(t *testing.T) {
	t.Helper()
	if os.Getenv("GOCACHE") == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("GOCACHE", filepath.Join(cache, "go-build"))
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
}

// temp are arguments that keep the folder of the run out of the source.
func temp(t *testing.T, args ...string) []string {
	return append([]string{"--temp-directory", filepath.Join(t.TempDir(), "temp")}, args...)
}

func TestExitStatus(t *testing.T) {
	for _, tt := range []struct {
		name      string
		args      []string
		status    int
		out, errs string // parts of them
	}{
		{"passed", []string{"order"}, 0, "PASSED (successes=3)", ""},
		{"failed", []string{"fail"}, 1, "FAILED (failures=6, successes=2)", ""},
		{"an error", []string{"exits"}, 1, "os.Exit, or log.Fatal, was called", ""},
		{"a package that does not compile, and one that passes", []string{"broken", "order"}, 1, "undefined: undefined", ""},
		{"nothing to run", []string{"empty"}, 0, "Ran 0 tests", ""},
		{"no such package", []string{"./gone"}, 1, "no such directory", ""},
		{"an unknown option", []string{"--gone", "order"}, 1, "", "unknown flag: --gone\nSee trial --help."},
		{"options that exclude each other", []string{"--random", "3", "--order", "alphabetical", "order"}, 1, "", "--random and --order exclude each other"},
		{"a negative seed", []string{"--random", "-3", "order"}, 1, "", "a seed is a number from 0 up"},
		{"no reporter of that name", []string{"--reporter", "gone", "order"}, 1, "", "gone"},
		{"no number of workers", []string{"-j", "0", "order"}, 1, "", "-j 0: it takes a number"},
		{"no shard", []string{"--shard", "3/2", "order"}, 1, "", "a shard is i/n"},
		{"no format", []string{"--tbformat", "gone", "order"}, 1, "", "gone"},
		{"a flag after the names", []string{"order", "-run", "TestA"}, 0, "PASSED (successes=1)", ""},
		{"flags of go test", []string{"-count=1", "-run=TestB", "order"}, 0, "PASSED (successes=1)", ""},
		{"arguments of the tests", []string{"./tagged.TestWord", "--", "-word=xyz"}, 0, "word=xyz", ""},
		{"a missing module", []string{"--without-module", "zlib", "-run", "Zlib", "tagged"}, 0, "no zlib", ""},
		{"a seed", []string{"--random", "5", "order"}, 0, "Running tests shuffled with seed 5", ""},
		{"a hint", []string{"--testmodule", "nested/nested.go"}, 0, "PASSED (successes=2)", ""},
		{"a file that is not there", []string{"--testmodule", "gone.go", "./order.TestA"}, 0, "PASSED (successes=1)", "gone.go: "},
		{"dry", []string{"-n", "order"}, 0, "PASSED (successes=3)", ""},
		{"workers", []string{"-j", "auto", "order"}, 0, "PASSED (successes=3)", ""},
		{"passes", []string{"--passes", "2", "order"}, 0, "Test Pass 2", ""},
		{"a recorded stream that is not there", []string{"--from-json", "gone.json"}, 1, "", "gone.json"},
		{"the debugger is unknown", []string{"--debug", "--debugger", "pdb", "order"}, 1, "", "no debugger \"pdb\""},
		{"what programs read is not mixed with what people do", []string{"--reporter", "junit", "--coverage", "order"}, 0, "</testsuites>", "Coverage is in "},
		{"help", []string{"--help"}, 0, "Exit status:", ""},
		{"nothing at all", nil, 0, "Usage:\n  trial [OPTIONS] NAME...", ""},
		{"orders", []string{"--help-orders"}, 0, "alphabetical", ""},
		{"reporters", []string{"--help-reporters"}, 0, "junit", ""},
		{"reactors", []string{"--help-reactors"}, 0, "portable", ""},
		{"a script for a shell", []string{"--completion", "bash"}, 0, "__start_trial", ""},
		{"no such shell", []string{"--completion", "gone"}, 1, "", `no script for the shell "gone"`},
		{"what a shell asks", []string{"__complete", "--order", ""}, 0, "toptobottom", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := tt.args
			if len(args) > 0 && args[0] != "__complete" {
				args = temp(t, args...)
			}
			status, out, errs := command(t, hostile, "", args...)
			if status != tt.status || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.errs) || tt.errs == "" && errs != "" && args[0] != "__complete" {
				t.Errorf("status %d, want %d\nout: %s\nerr: %s", status, tt.status, out, errs)
			}
		})
	}
}

func TestFlaky(t *testing.T) {
	status, out, _ := command(t, hostile, "", temp(t, "--rerun-fails", "1", "--env", "FLAKY="+filepath.Join(t.TempDir(), "mark"), "flaky")...)
	if status != 3 || strings.Contains(out, "\nPASSED") {
		t.Errorf("status %d:\n%s", status, out)
	}
}

func TestStdin(t *testing.T) {
	stream := `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`
	status, out, errs := command(t, t.TempDir(), stream, "--stdin", "--reporter", "bwverbose")
	if status != 1 || !strings.Contains(out, "p.TestA ... [FAIL") || errs != "" {
		t.Errorf("status %d:\n%s%s", status, out, errs)
	}
	file := filepath.Join(t.TempDir(), "stream.json")
	if err := os.WriteFile(file, []byte(stream), 0o666); err != nil {
		t.Fatal(err)
	}
	if again, fromFile, _ := command(t, t.TempDir(), "", "--from-json", file, "--reporter", "bwverbose"); again != 1 || !strings.Contains(fromFile, "p.TestA ... [FAIL") {
		t.Errorf("status %d:\n%s", again, fromFile)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ownCache(t)
	t.Chdir(hostile)
	var out bytes.Buffer
	if status := trial.Main(ctx, temp(t, "order"), trial.Stdio{Out: &out, Err: &out}, nil); status != 130 {
		t.Errorf("status %d: %s", status, out.String())
	}
}

func TestManual(t *testing.T) {
	dir := t.TempDir()
	if status, _, errs := command(t, dir, "", "--man", dir); status != 0 {
		t.Fatal(errs)
	}
	text, err := os.ReadFile(filepath.Join(dir, "trial.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{".TH", "rerun-fails", "Exit status", "trial -j auto"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the manual page has no %q", want)
		}
	}
}

// The guide names every option, and none that there is not.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile("../../../trial/docs/running.md")
	if err != nil {
		t.Fatal(err)
	}
	_, help, _ := command(t, t.TempDir(), "", "--help")
	long := regexp.MustCompile(`--[a-z][a-z-]+`)
	there := map[string]bool{}
	for _, name := range long.FindAllString(help, -1) {
		there[name] = true
	}
	named := map[string]bool{}
	for _, name := range long.FindAllString(string(text), -1) {
		named[name] = true
		if !there[name] {
			t.Errorf("the guide has %s, which is no option", name)
		}
	}
	for name := range there {
		if !named[name] {
			t.Errorf("the guide has no %s", name)
		}
	}
}
