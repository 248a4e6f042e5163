// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/runner"
)

// The packages of testdata/hostile are a module of their own, which no workspace has.
func TestMain(m *testing.M) {
	os.Setenv("GOWORK", "off")
	os.Setenv("GOFLAGS", "")
	leaktest.Main(m)
}

const hostile = "example.com/hostile/"

// A recorder keeps what it is told, and calls what it was given when a test starts.
type recorder struct {
	reporter.Base
	onStart func(t *result.Test)

	mu    sync.Mutex
	runs  []*result.Run
	ended []string // names
	done  int
}

func (r *recorder) Begin(run *result.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs = append(r.runs, run)
}

func (r *recorder) StartTest(t *result.Test) {
	if r.onStart != nil {
		r.onStart(t)
	}
}

func (r *recorder) StopTest(t *result.Test) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = append(r.ended, t.Name)
}

func (r *recorder) Done(*result.Summary) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	return nil
}

// config runs in the module of hostile packages, with a recorder, and says what it says to the test's log.
func config(t *testing.T, args ...string) (runner.Config, *recorder, *bytes.Buffer) {
	t.Helper()
	dir, err := filepath.Abs("testdata/hostile")
	if err != nil {
		t.Fatal(err)
	}
	rec := &recorder{}
	out := &bytes.Buffer{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("messages:\n%s", out)
		}
	})
	return runner.Config{
		Args: args, Dir: dir, Reporter: rec, Messages: out, Temp: filepath.Join(t.TempDir(), "temp"), Durations: filepath.Join(t.TempDir(), "durations.json"), Timeout: time.Minute,
	}, rec, out
}

func run(t *testing.T, cfg runner.Config) *result.Summary {
	t.Helper()
	s, err := runner.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outcomes lists the tests and packages with their outcomes, sorted, without the module's path.
func outcomes(s *result.Summary) string {
	var lines []string
	for _, t := range s.Tests {
		lines = append(lines, fmt.Sprintf("%s %v", strings.TrimPrefix(t.ID.String(), hostile), t.Outcome))
	}
	for _, p := range s.Packages {
		lines = append(lines, fmt.Sprintf("%s %v", strings.TrimPrefix(p.Path, hostile), p.Outcome))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func find(t *testing.T, s *result.Summary, id string) *result.Test {
	t.Helper()
	for _, test := range s.Tests {
		if test.ID.String() == hostile+id {
			return test
		}
	}
	t.Fatalf("no test %s in:\n%s", id, outcomes(s))
	return nil
}

func pkg(t *testing.T, s *result.Summary, path string) *result.Package {
	t.Helper()
	for _, p := range s.Packages {
		if p.Path == path || p.Path == hostile+path {
			return p
		}
	}
	t.Fatalf("no package %s in:\n%s", path, outcomes(s))
	return nil
}

// What every bad test becomes, by go test and by workers.
func TestHostile(t *testing.T) {
	names := []string{"pass", "fail", "panics", "goroutine", "parallel", "exits", "exitzero", "killed", "halfjson", "broken", "testmain", "empty"}
	want := map[string][2]string{ // outcome, and what the first problem begins with
		"pass.TestOne": {"passed"}, "pass.TestTwo/b_c": {"passed"}, "pass.TestSkipped": {"skipped"}, "pass.FuzzSeeds": {"passed"}, "pass.Example_hello": {"passed"},
		"fail.TestAssertion": {"failed", "got 1\nwant 2"}, "fail.TestInside": {"failed"}, "fail.TestInside/bad": {"failed", "inside"}, "fail.TestInside/good": {"passed"},
		"fail.TestSilent": {"failed", "it failed without a message"}, "fail.TestHelper": {"failed", "1 is not 2"}, "fail.TestLast": {"passed"}, "fail.Example_wrong": {"failed", "got:\nthis\nwant:\nthat"},
		"panics.TestPanics": {"error"}, "panics.TestPanics/inner": {"error", "panic: assignment to entry in nil map"},
		"goroutine.TestBefore": {"passed"}, "goroutine.TestGoroutine": {"error", "panic: boom in a goroutine"},
		"exits.TestBefore": {"passed"}, "exits.TestExits": {"error", "the process ended"}, "exitzero.TestExitsWell": {"error", "panic: unexpected call to os.Exit(0)"},
		"killed.TestKilled": {"error", "signal: killed"}, "halfjson.TestHalf": {"passed"}, "halfjson.TestWhole": {"passed"},
	}
	for _, tt := range []struct {
		name    string
		workers int
		tests   map[string][2]string // besides
		absent  []string
	}{
		{"go test", 0, map[string][2]string{
			"parallel.TestGuilty": {"error", "panic: guilty"}, "parallel.TestInnocent": {"error", "it ran when the process ended: panic: guilty (in TestGuilty)"}, "testmain.TestFine": {"passed"},
		}, []string{"panics.TestAfter", "exits.TestAfter", "killed.TestFine"}},
		{"workers", 3, map[string][2]string{"panics.TestAfter": {"passed"}, "exits.TestAfter": {"passed"}, "killed.TestFine": {"passed"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, rec, _ := config(t, names...)
			cfg.Workers = tt.workers
			if tt.workers > 0 { // alone, each test of this package waits for the other
				cfg.Args = slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "parallel" })
			}
			s := run(t, cfg)
			if s.Passed || s.Interrupted || rec.done != 1 {
				t.Errorf("passed %v, interrupted %v, done %d", s.Passed, s.Interrupted, rec.done)
			}
			for _, more := range []map[string][2]string{want, tt.tests} {
				for id, w := range more {
					test := find(t, s, id)
					text := ""
					if len(test.Problems) > 0 {
						text = test.Problems[0].Text
						if wantError := test.Outcome == result.Errored; test.Problems[0].Error != wantError {
							t.Errorf("%s: %v, with a problem that is an error: %v", id, test.Outcome, !wantError)
						}
					}
					if test.Outcome.String() != w[0] || !strings.HasPrefix(text, w[1]) || w[1] == "" && text != "" {
						t.Errorf("%s: %v %q, want %v", id, test.Outcome, text, w)
					}
				}
			}
			for _, test := range s.Tests {
				if slices.Contains(tt.absent, strings.TrimPrefix(test.ID.String(), hostile)) {
					t.Errorf("%s did not run, and is reported", test.ID)
				}
			}
			if p := pkg(t, s, "broken"); p.Outcome != result.Errored || !strings.Contains(string(p.Build), "undefined: undefined") {
				t.Errorf("broken: %v, %q", p.Outcome, p.Build)
			}
			if tt.workers == 0 {
				if p := pkg(t, s, "testmain"); p.Outcome != result.Errored || len(p.Problems) != 1 {
					t.Errorf("testmain: %v, %v", p.Outcome, p.Problems)
				}
			}
			if a := find(t, s, "fail.TestAssertion"); len(a.Problems) != 2 || a.Problems[0].File != "fail_test.go" || a.Problems[0].Line != 13 || !strings.Contains(string(a.Output), "a remark") {
				t.Errorf("TestAssertion: %+v, printed %q", a.Problems, a.Output)
			}
			if p := find(t, s, "panics.TestPanics/inner").Problems[0]; filepath.Base(p.File) != "panics_test.go" || p.Line != 14 {
				t.Errorf("the panic is at %s:%d", p.File, p.Line)
			}
		})
	}
}

// Of a time-out, and of a million lines, go test and a worker report the same.
func TestHangAndMillion(t *testing.T) {
	for _, workers := range []int{0, 1} {
		cfg, _, _ := config(t, "hangs")
		cfg.Workers, cfg.Timeout = workers, time.Second
		s := run(t, cfg)
		if sub := find(t, s, "hangs.TestHangs/sub"); sub.Outcome != result.Errored || !strings.HasPrefix(sub.Problems[0].Text, "test timed out after 1s\n") ||
			filepath.Base(sub.Problems[0].File) != "hangs_test.go" || !strings.Contains(sub.Problems[0].Text, "hangs.TestHangs.func1") {
			t.Errorf("workers %d: %v %+v", workers, sub.Outcome, sub.Problems)
		}
		if s.Counts.Errors != 1 {
			t.Errorf("workers %d: %+v", workers, s.Counts)
		}

		cfg, _, _ = config(t, "million")
		cfg.Workers = workers
		m := find(t, run(t, cfg), "million.TestMillion")
		out := string(m.Output)
		if m.Outcome != result.Failed || len(m.Problems) != 1 || m.Problems[0].Text != "after a million lines" {
			t.Errorf("workers %d: %v %+v", workers, m.Outcome, m.Problems)
		}
		if len(out) > 128<<10 || m.Omitted < 10<<20 || !strings.HasPrefix(out, "the first line\nline 0\n") || !strings.HasSuffix(out, "line 999999\nthe last line\n") {
			t.Errorf("workers %d: kept %d bytes and omitted %d", workers, len(out), m.Omitted)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, tt := range []struct {
		name  string
		args  []string
		cfg   func(*runner.Config)
		want  string
		said  string
		wrong bool
	}{
		{"a directory, and what is below", []string{"nested"}, nil, "nested passed\nnested.TestOuter passed\nnested/inner passed\nnested/inner.TestInner passed", "", false},
		{"not what is below", []string{"nested"}, func(c *runner.Config) { c.NoRecurse = true }, "nested passed\nnested.TestOuter passed", "", false},
		{"an import path", []string{hostile + "order"}, nil, "order passed\norder.TestA passed\norder.TestB passed\norder.TestC passed", "", false},
		{"a test", []string{hostile + "order.TestB"}, nil, "order passed\norder.TestB passed", "", false},
		{"tests of a package, twice", []string{"./order.TestB", "./order.TestA", "./order.TestB"}, nil, "order passed\norder.TestA passed\norder.TestB passed", "", false},
		{"a subtest", []string{hostile + "pass.TestTwo/b_c"}, nil, "pass passed\npass.TestTwo passed\npass.TestTwo/b_c passed", "", false},
		{"a test file", []string{"order/order_test.go"}, nil, "order passed\norder.TestA passed\norder.TestB passed\norder.TestC passed", "", false},
		{"a file with a hint", []string{"nested/nested.go"}, nil, "nested/inner passed\nnested/inner.TestInner passed\norder passed\norder.TestA passed", "", false},
		{"a file without one", []string{"covered/covered.go"}, nil, "covered passed\ncovered.TestNegative passed\ncovered.TestPositive passed", "", false},
		{"a missing file", []string{"gone.go", "./order.TestA"}, nil, "order passed\norder.TestA passed", "gone.go: ", false},
		{"a missing directory", []string{"./gone", "./order.TestA"}, nil, "./gone error\norder passed\norder.TestA passed", "", true},
		{"no such package", []string{"example.com/gone", "./order.TestA"}, nil, "example.com/gone error\norder passed\norder.TestA passed", "", true},
		{"-run and -skip", []string{"order", "pass"}, func(c *runner.Config) { c.Run, c.Skip = "TestA|TestTwo/b|TestC", "TestC" }, "order passed\norder.TestA passed\npass passed\npass.TestTwo passed\npass.TestTwo/b#01 passed\npass.TestTwo/b_c passed", "", false},
		{"a tag", []string{"tagged"}, func(c *runner.Config) { c.Tags, c.Run = []string{"without_zlib"}, "Zlib" }, "tagged passed\ntagged.TestZlib skipped", "", false},
	} {
		for _, workers := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s, workers %d", tt.name, workers), func(t *testing.T) {
				cfg, _, out := config(t, tt.args...)
				cfg.Workers = workers
				if tt.cfg != nil {
					tt.cfg(&cfg)
				}
				s := run(t, cfg)
				if got := outcomes(s); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
				if !strings.Contains(out.String(), tt.said) {
					t.Errorf("said %q, want something with %q", out, tt.said)
				}
				if s.Passed == tt.wrong {
					t.Errorf("passed: %v", s.Passed)
				}
			})
		}
	}
}

func TestEnvironmentAndArguments(t *testing.T) {
	for _, workers := range []int{0, 1} {
		cfg, _, _ := config(t, "./tagged.TestWord")
		cfg.Workers, cfg.TestArgs, cfg.Reactors = workers, []string{"-word=abc"}, []string{"portable"}
		if got := find(t, run(t, cfg), "tagged.TestWord").Reason; got != "word=abc reactor=portable" {
			t.Errorf("workers %d: %q", workers, got)
		}
	}
}
