// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package runner_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/runner"
)

func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		order runner.Order
		want  string
	}{
		{runner.Alphabetical, "TestA TestB TestC"},
		{runner.TopToBottom, "TestC TestA TestB"},
	} {
		cfg, rec, _ := config(t, "order")
		cfg.Order = tt.order
		run(t, cfg)
		if got := strings.Join(rec.ended, " "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.order, got, tt.want)
		}
	}
}

func TestShuffle(t *testing.T) {
	for _, workers := range []int{0, 1} {
		order := func(seed int64) (string, *result.Run) {
			cfg, rec, _ := config(t, "order", "fail")
			cfg.Shuffle, cfg.Seed, cfg.Workers, cfg.Packages = true, seed, workers, 1
			s := run(t, cfg)
			return strings.Join(rec.ended, " "), s.Run
		}
		first, r := order(7)
		if again, _ := order(7); again != first {
			t.Errorf("workers %d: seed 7 gives %s and %s", workers, first, again)
		}
		if !r.Shuffled || r.Seed != 7 {
			t.Errorf("workers %d: shuffled %v, seed %d", workers, r.Shuffled, r.Seed)
		}
		differ := false
		for seed := range int64(5) {
			other, _ := order(seed + 8)
			differ = differ || other != first
		}
		if !differ {
			t.Errorf("workers %d: six seeds give one order: %s", workers, first)
		}
	}
	cfg, _, _ := config(t, "order")
	cfg.Shuffle, cfg.DryRun = true, true
	if s := run(t, cfg); s.Run.Seed == 0 {
		t.Error("no seed was taken from the clock")
	}
}

func TestDryRun(t *testing.T) {
	effect := filepath.Join(t.TempDir(), "effect")
	cfg, _, _ := config(t, "side", "broken", "empty", "gone")
	cfg.DryRun, cfg.Env = true, []string{"EFFECT=" + effect}
	s := run(t, cfg)
	if got := outcomes(s); got != "broken passed\nbroken.TestBroken passed\nempty skipped\ngone error\nside passed\nside.TestEffect passed" {
		t.Errorf("got\n%s", got)
	}
	if _, err := os.Stat(effect); err == nil {
		t.Error("something was executed")
	}
}

func TestExitFirst(t *testing.T) {
	for _, workers := range []int{0, 1} {
		cfg, rec, _ := config(t, "fail", "order")
		cfg.ExitFirst, cfg.Workers = true, workers
		s := run(t, cfg)
		if !slices.Equal(rec.ended, []string{"TestAssertion"}) && workers == 1 || slices.Contains(rec.ended, "TestSilent") || s.Passed {
			t.Errorf("workers %d: ended %v, passed %v", workers, rec.ended, s.Passed)
		}
	}
}

func TestRerunFails(t *testing.T) {
	for _, workers := range []int{0, 2} {
		for _, p := range []string{"flaky", "dies"} {
			cfg, _, _ := config(t, p)
			cfg.RerunFails, cfg.Workers, cfg.Env = 2, workers, []string{"FLAKY=" + filepath.Join(t.TempDir(), "mark")}
			s := run(t, cfg)
			if s.Passed || s.Counts.Flaky != 1 || s.Counts.Failures+s.Counts.Errors != 0 || pkg(t, s, p).Outcome != result.Passed {
				t.Errorf("%s, workers %d: passed %v, %+v\n%s", p, workers, s.Passed, s.Counts, outcomes(s))
			}
			for _, test := range s.Tests {
				if flaky := test.Name == "TestFlaky" || test.Name == "TestDies"; test.Flaky() != flaky || flaky && len(test.Problems) != 1 {
					t.Errorf("%s, workers %d: %+v", p, workers, test)
				}
			}
			if p == "dies" {
				if after := find(t, s, "dies.TestAfter"); after.Outcome != result.Passed {
					t.Errorf("workers %d: what comes after the test that died: %v", workers, after.Outcome)
				}
			}
		}
	}
	cfg, _, _ := config(t, "fail")
	cfg.RerunFails = 1
	s := run(t, cfg)
	if a := find(t, s, "fail.TestAssertion"); s.Passed || a.Outcome != result.Failed || len(a.Attempts) != 1 || pkg(t, s, "fail").Outcome != result.Failed {
		t.Errorf("passed %v, %+v", s.Passed, a)
	}
	cfg, _, _ = config(t, "fail")
	cfg.RerunFails, cfg.RerunMax = 1, 2
	if a := find(t, run(t, cfg), "fail.TestAssertion"); len(a.Attempts) != 0 {
		t.Errorf("more failed than may, and it was run again: %+v", a)
	}
}

func TestUntilFailure(t *testing.T) {
	for _, workers := range []int{0, 1} {
		cfg, rec, _ := config(t, "order", "flaky")
		mark := filepath.Join(t.TempDir(), "mark")
		if err := os.WriteFile(mark, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		n := 0
		rec.onStart = func(test *result.Test) {
			if test.Name == "TestC" {
				if n++; n == 3 {
					_ = os.Remove(mark) // what follows shows it
				}
			}
		}
		cfg.UntilFailure, cfg.Workers, cfg.Packages, cfg.Env = true, workers, 1, []string{"FLAKY=" + mark}
		s := run(t, cfg)
		last := rec.runs[len(rec.runs)-1].Pass
		if s.Passed || last < 3 || last > 4 || rec.runs[0].Pass != 1 || rec.done != last {
			t.Errorf("workers %d: passed %v after %d passes, %d times done", workers, s.Passed, last, rec.done)
		}
	}
	cfg, rec, _ := config(t, "empty")
	cfg.UntilFailure = true
	if s := run(t, cfg); !s.Passed || len(rec.runs) != 1 {
		t.Errorf("nothing to run: passed %v, %d passes", s.Passed, len(rec.runs))
	}
	cfg, rec, _ = config(t, "order")
	cfg.Passes = 2
	if s := run(t, cfg); !s.Passed || len(rec.runs) != 2 {
		t.Errorf("two passes: passed %v, %d passes", s.Passed, len(rec.runs))
	}
}

func TestCopies(t *testing.T) {
	cfg, _, out := config(t, "./flaky.TestFlaky", "./order.TestA")
	cfg.Copies, cfg.Passes, cfg.Env = 4, 2, []string{"FLAKY=" + filepath.Join(t.TempDir(), "mark")}
	s := run(t, cfg)
	if s.Passed || s.Counts.Run != 8 {
		t.Errorf("passed %v, %+v", s.Passed, s.Counts)
	}
	if text := out.String(); !strings.Contains(text, "Stress: 2 tests, 16 runs, 1 tests failed\n") || !strings.Contains(text, " of 8 runs failed (") || !strings.Contains(text, "flaky.TestFlaky: the first time") {
		t.Errorf("said %q", text)
	}
}

func TestWorkerFolders(t *testing.T) {
	cfg, _, _ := config(t, "order", "killed")
	cfg.Workers = 2
	s := run(t, cfg)
	var outs, errs []string
	for _, n := range []string{"0", "1"} {
		for name, text := range map[string]*[]string{"out.log": &outs, "err.log": &errs} {
			b, err := os.ReadFile(filepath.Join(cfg.Temp, n, name))
			if err != nil {
				t.Fatal(err)
			}
			*text = append(*text, string(b))
		}
	}
	if all := strings.Join(outs, ""); strings.Count(all, "=== RUN   Test") != 5 {
		t.Errorf("out.log: %q", all)
	}
	if all := strings.Join(errs, ""); all != hostile+"killed.TestKilled: signal: killed\n" {
		t.Errorf("err.log: %q", all)
	}
	if _, err := os.Stat(filepath.Join(cfg.Temp, "2")); err == nil {
		t.Error("there is a third worker")
	}
	for _, test := range s.Tests {
		if test.Worker < 0 || test.Worker > 1 {
			t.Errorf("%s ran in worker %d", test.ID, test.Worker)
		}
	}
	cfg, _, _ = config(t, "./order.TestA")
	cfg.Workers = 8
	run(t, cfg)
	if _, err := os.Stat(filepath.Join(cfg.Temp, "1")); err == nil {
		t.Error("there are more workers than tests")
	}
}

// What is in test.log, with the line before each test.
func TestLogFile(t *testing.T) {
	cfg, _, _ := config(t, "fail")
	run(t, cfg)
	text, err := os.ReadFile(filepath.Join(cfg.Temp, "test.log"))
	if err != nil || !strings.Contains(string(text), "--> "+hostile+"fail.TestAssertion <--\n    fail_test.go:12: a remark\n") {
		t.Errorf("%v: %q", err, text)
	}
	cfg, _, _ = config(t, "./tagged.TestWord")
	cfg.Env = []string{"EVENT=something happened"}
	run(t, cfg)
	text, err = os.ReadFile(filepath.Join(cfg.Temp, "test.log"))
	want := "--> the events <--\nsomething happened\n--> " + hostile + "tagged.TestWord <--\n"
	if err != nil || !strings.HasPrefix(string(text), want) {
		t.Errorf("%v: %q, want %q first", err, text, want)
	}
	cfg, _, out := config(t, "fail")
	cfg.LogFile = "-"
	run(t, cfg)
	if !strings.Contains(out.String(), "--> "+hostile+"fail.TestLast <--\n") {
		t.Errorf("messages: %q", out)
	}
}

func TestCoverage(t *testing.T) {
	for _, workers := range []int{0, 2} {
		cfg, _, out := config(t, "covered", "order")
		cfg.Coverage, cfg.Workers = true, workers
		s := run(t, cfg)
		dir := filepath.Join(cfg.Temp, "coverage")
		if p := pkg(t, s, "covered"); p.Coverage != 75 {
			t.Errorf("workers %d: %v %%", workers, p.Coverage)
		}
		if text := out.String(); !strings.Contains(text, "  75.0%  "+hostile+"covered\n") || !strings.Contains(text, "Coverage is in "+dir+"\n") {
			t.Errorf("workers %d: said %q", workers, text)
		}
		text, err := os.ReadFile(filepath.Join(dir, "coverage.out"))
		if err != nil || !strings.Contains(string(text), "covered.go:13.21,15.2 1 0\n") || strings.Count(string(text), "mode: ") != 1 {
			t.Errorf("workers %d: %v: the function that is not called: %q", workers, err, text)
		}
		if html, err := os.ReadFile(filepath.Join(dir, "coverage.html")); err != nil || !strings.Contains(string(html), "func Uncalled") {
			t.Errorf("workers %d: HTML: %v", workers, err)
		}
	}
}

func TestProfileAndTrace(t *testing.T) {
	cfg, _, out := config(t, "order", "killed")
	cfg.Profile, cfg.Trace = []runner.Profile{runner.ProfileCPU, runner.ProfileMem}, true
	run(t, cfg)
	for _, file := range []string{"profile/example.com_hostile_order.cpu", "profile/example.com_hostile_order.mem", "trace/example.com_hostile_order.trace"} {
		if info, err := os.Stat(filepath.Join(cfg.Temp, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
		if !strings.Contains(out.String(), file) {
			t.Errorf("%s is not told", file)
		}
	}
	if !strings.Contains(out.String(), "flat%") {
		t.Errorf("no top functions: %q", out)
	}
}

func TestBenchmarks(t *testing.T) {
	cfg, _, out := config(t, "pass")
	cfg.Bench, cfg.Run = "Nothing", "^$"
	s := run(t, cfg)
	if !regexp.MustCompile(`(?m)^Benchmarks:\npkg: example\.com/hostile/pass\nBenchmarkNothing\S* +\t *\d+\t.* ns/op`).MatchString(out.String()) || s.Counts.Successes != 1 {
		t.Errorf("%+v: %q", s.Counts, out)
	}
}

func TestCacheInfo(t *testing.T) {
	cfg, _, _ := config(t, "order")
	run(t, cfg) // now it is in the cache
	cfg, _, out := config(t, "order", "empty")
	cfg.CacheInfo = true
	s := run(t, cfg)
	if !pkg(t, s, "order").Cached || !strings.HasPrefix(out.String(), "1 of 1 packages cached, ") {
		t.Errorf("cached %v, said %q", pkg(t, s, "order").Cached, out)
	}
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		cfg  runner.Config
		want string
	}{
		{runner.Config{Shuffle: true, Seed: -1}, "not negative"},
		{runner.Config{Shuffle: true, Order: runner.Alphabetical}, "--random and --order"},
		{runner.Config{Order: "sideways"}, `no order "sideways"`},
		{runner.Config{Workers: 2, Profile: []runner.Profile{"cpu"}}, "leave -j out"},
		{runner.Config{Workers: 2, DeferredStacks: true}, "--debug-stacktraces"},
		{runner.Config{Profile: []runner.Profile{"gpu"}}, `no profile "gpu"`},
		{runner.Config{Run: "Test("}, "--run: "},
		{runner.Config{Reactors: []string{"steam"}}, `no reactor "steam": there are `},
		{runner.Config{DryRun: true, UntilFailure: true}, "--dry-run"},
		{runner.Config{Copies: 2, Workers: 2}, "--stress"},
		{runner.Config{RerunFails: 1, UntilFailure: true}, "--rerun-fails"},
		{runner.Config{Shard: runner.Shard{Index: 3, Count: 2}}, "a shard is"},
		{runner.Config{Since: "-x"}, "no git revision"},
	} {
		_, err := runner.Run(t.Context(), tt.cfg)
		var wrong *runner.UsageError
		if !errors.As(err, &wrong) || !strings.Contains(wrong.Text, tt.want) {
			t.Errorf("%+v: %v, want %q", tt.cfg, err, tt.want)
		}
	}
}

// gates lets the tests of package slow start and end.
type gates struct {
	t   *testing.T
	dir string
}

func (g gates) open(name string) {
	if err := os.WriteFile(filepath.Join(g.dir, name+".go"), nil, 0o666); err != nil {
		g.t.Error(err)
	}
}

func TestInterrupt(t *testing.T) {
	for _, tt := range []struct {
		name    string
		workers int
		ends    bool // the running test ends in time
		want    string
	}{
		{"go test, it ends", 0, true, "slow running\nslow.Test1 passed\nslow.Test2 passed"},
		{"go test, it hangs", 0, false, "slow failed\nslow.Test1 passed\nslow.Test2 error"},
		{"a worker, it ends", 1, true, "slow running\nslow.Test1 passed\nslow.Test2 passed"},
		{"a worker, it hangs", 1, false, "slow failed\nslow.Test1 passed\nslow.Test2 error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, rec, _ := config(t, "slow")
			g := gates{t, t.TempDir()}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			rec.onStart = func(test *result.Test) {
				switch test.Name {
				case "Test1":
					g.open("Test1")
				case "Test2":
					cancel()
					if tt.ends {
						time.AfterFunc(100*time.Millisecond, func() { g.open("Test2") })
					}
				}
			}
			cfg.Workers, cfg.Grace, cfg.Env = tt.workers, time.Minute, []string{"GATES=" + g.dir}
			if !tt.ends {
				cfg.Grace = 10 * time.Millisecond
			}
			s, err := runner.Run(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcomes(s); got != tt.want || !s.Interrupted || s.Passed || rec.done != 1 {
				t.Errorf("interrupted %v, passed %v, done %d:\n%s", s.Interrupted, s.Passed, rec.done, got)
			}
			if !tt.ends {
				if p := find(t, s, "slow.Test2").Problems; len(p) != 1 || !strings.HasPrefix(p[0].Text, "interrupted") {
					t.Errorf("problems: %+v", p)
				}
			}
		})
	}
}

// A second Ctrl-C does not wait.
func TestKill(t *testing.T) {
	for _, workers := range []int{0, 2} {
		cfg, rec, _ := config(t, "slow")
		g := gates{t, t.TempDir()}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		kill := make(chan struct{})
		started := false
		rec.onStart = func(*result.Test) {
			if !started {
				started = true
				cancel()
				close(kill)
			}
		}
		cfg.Workers, cfg.Grace, cfg.Kill, cfg.Env = workers, time.Hour, kill, []string{"GATES=" + g.dir}
		s, err := runner.Run(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Interrupted || rec.done != 1 || s.Counts.Run == 0 {
			t.Errorf("workers %d: interrupted %v, done %d:\n%s", workers, s.Interrupted, rec.done, outcomes(s))
		}
	}
}

// What a test leaves behind does not outlive the run, and does not hold it up.
func TestOrphan(t *testing.T) {
	if _, err := exec.LookPath("sleep"); err != nil {
		t.Skip(err)
	}
	for _, workers := range []int{1} {
		cfg, _, _ := config(t, "orphan")
		file := filepath.Join(t.TempDir(), "pid")
		cfg.Workers, cfg.Env = workers, []string{"PIDFILE=" + file}
		s := run(t, cfg)
		if !s.Passed {
			t.Errorf("workers %d: %s", workers, outcomes(s))
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(string(text))
		if err != nil {
			t.Fatal(err)
		}
		gone(t, pid)
	}
}

// gone waits until a process that was killed is no more, or is a zombie that init has not collected.
func gone(t *testing.T, pid int) {
	t.Helper()
	for range 1000 {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		pause(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
	_ = syscall.Kill(pid, syscall.SIGKILL) // so that it does not stay
}

func pause(d time.Duration) { <-time.After(d) }

// Workers run at once: each of two tests waits for the other.
func TestWorkersRunAtOnce(t *testing.T) {
	cfg, _, _ := config(t, "meet")
	cfg.Workers, cfg.Env = 2, []string{"GATES=" + t.TempDir()}
	if s := run(t, cfg); !s.Passed || s.Counts.Run != 2 {
		t.Errorf("%+v\n%s", s.Counts, outcomes(s))
	}
}
