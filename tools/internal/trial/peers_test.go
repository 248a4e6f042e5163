// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package trial_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/runner"
)

var (
	peers  = flag.Bool("peers", false, "compare trial with go test and gotestsum, on this repository and on modules that are fetched")
	rounds = flag.Int("rounds", 5, "of -peers: runs of each, of which the median counts")
)

// A suite is what all of them run.
type suite struct {
	name     string
	module   string // to be fetched; "" for this repository
	patterns []string
}

var suites = []suite{
	{"torsion: deferred, framing, logger", "", []string{"./core/deferred/...", "./core/framing/...", "./logger/..."}},
	{"gorilla/mux", "github.com/gorilla/mux@v1.8.1", []string{"./..."}},
	{"spf13/cobra", "github.com/spf13/cobra@v1.10.2", []string{"./..."}},
}

// The same tests with the same verdicts as go test, and how much longer it takes.
func TestPeers(t *testing.T) {
	if !*peers {
		t.Skip("no -peers: it fetches modules, and takes minutes")
	}
	bin := filepath.Join(t.TempDir(), "trial")
	output(t, "../..", []string{"GOWORK="}, "go", "build", "-o", bin, "./cmd/trial")
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) {
			dir, env := s.fetch(t)
			verdicts(t, dir, env, s.patterns)
			timings(t, dir, env, bin, s.patterns)
		})
	}
}

// fetch returns where the suite is, and the environment that it needs.
func (s suite) fetch(t *testing.T) (string, []string) {
	if s.module == "" {
		root, err := filepath.Abs("../../..")
		if err != nil {
			t.Fatal(err)
		}
		return root, []string{"GOWORK="}
	}
	dir := t.TempDir()
	var info struct{ Dir string }
	if err := json.Unmarshal(output(t, dir, nil, "go", "mod", "download", "-json", s.module), &info); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "module")
	if err := os.CopyFS(to, os.DirFS(info.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(to, func(path string, _ fs.DirEntry, err error) error { // the cache's are read-only
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o755)
	}); err != nil {
		t.Fatal(err)
	}
	return to, []string{"GOWORK=off", "GOFLAGS=-mod=mod"}
}

// output runs a program. One that runs tests may fail.
func output(t *testing.T, dir string, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("%v: %v: %s", args, err, errs.String())
	}
	return out
}

// verdicts compares what trial reports of each test with what go test does.
func verdicts(t *testing.T, dir string, env, patterns []string) {
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		t.Setenv(name, value)
	}
	want := map[string]string{}
	for line := range bytes.Lines(output(t, dir, env, append([]string{"go", "test", "-json"}, patterns...)...)) {
		var ev struct{ Action, Package, Test string }
		if json.Unmarshal(line, &ev) == nil && (ev.Action == "pass" || ev.Action == "fail" || ev.Action == "skip") {
			want[ev.Package+" "+ev.Test] = ev.Action
		}
	}
	s, err := runner.Run(t.Context(), runner.Config{Dir: dir, Args: patterns, Reporter: reporter.Base{}})
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{"passed": "pass", "failed": "fail", "error": "fail", "skipped": "skip", "expected failure": "skip", "unexpected success": "pass"}
	got := map[string]string{}
	for _, test := range s.Tests {
		got[test.Package+" "+test.Name] = words[test.Outcome.String()]
	}
	for _, p := range s.Packages {
		got[p.Path+" "] = words[p.Outcome.String()]
	}
	for name, verdict := range want {
		if got[name] != verdict {
			t.Errorf("%s: %q, and %q by go test", name, got[name], verdict)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: go test has no such test", name)
		}
	}
	t.Logf("%d tests and packages, the same verdicts", len(want))
}

// timings alternates between the programs and tells the medians.
func timings(t *testing.T, dir string, env []string, bin string, patterns []string) {
	programs := []struct {
		name string
		args []string
	}{
		{"go test", []string{"go", "test", "-count=1"}},
		{"trial", []string{bin, "--count", "1", "--temp-directory", filepath.Join(t.TempDir(), "temp")}},
	}
	if path, err := exec.LookPath("gotestsum"); err == nil {
		programs = append(programs, struct {
			name string
			args []string
		}{"gotestsum", []string{path, "--", "-count=1"}})
	} else {
		t.Log("no gotestsum: go install gotest.tools/gotestsum@latest")
	}
	times, cpu := make([][]time.Duration, len(programs)), make([][]time.Duration, len(programs))
	for round := range *rounds + 1 {
		for i := range programs {
			i = (i + round) % len(programs)
			started := time.Now()
			used := children(t)
			output(t, dir, env, append(slices.Clone(programs[i].args), patterns...)...)
			if round > 0 { // the first builds
				times[i] = append(times[i], time.Since(started))
				cpu[i] = append(cpu[i], children(t)-used)
			}
		}
	}
	base, baseCPU := median(times[0]), median(cpu[0])
	for i, p := range programs {
		m, c := median(times[i]), median(cpu[i])
		t.Logf("%-10s median %6.3fs, from %6.3fs to %6.3fs, %.3f of go test; CPU time %6.3fs, %.3f of go test",
			p.name, m.Seconds(), slices.Min(times[i]).Seconds(), slices.Max(times[i]).Seconds(), float64(m)/float64(base), c.Seconds(), float64(c)/float64(baseCPU))
	}
}

// children returns the CPU time of all children so far that have ended.
func children(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
