// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package collect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/internal/collect"
	"github.com/torsion-go/torsion/trial/internal/testjson"
	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// A script writes the events of package p.
type script struct {
	c *collect.Collector
	r recorder
}

type recorder struct {
	reporter.Base
	calls []string
}

func (r *recorder) StartTest(t *result.Test) { r.calls = append(r.calls, "start "+t.Name) }
func (r *recorder) Problem(t *result.Test, p result.Problem) {
	r.calls = append(r.calls, "problem "+t.Name)
}
func (r *recorder) StopTest(t *result.Test) { r.calls = append(r.calls, "stop "+t.Name) }
func (r *recorder) StopPackage(p *result.Package) {
	r.calls = append(r.calls, "package "+p.Path)
}

func newScript(cfg collect.Config) *script {
	s := &script{}
	cfg.Now = func() time.Time { return time.Unix(1000, 0) }
	s.c = collect.New(&s.r, cfg)
	s.c.Begin(&result.Run{})
	return s
}

// do takes lines "action test", "out test text", "attr test key value", "fail" or "pass" for the package.
func (s *script) do(lines string) {
	for line := range strings.Lines(lines) {
		line = strings.TrimSuffix(line, "\n")
		action, rest, _ := strings.Cut(strings.TrimLeft(line, "\t"), " ")
		if action == "" {
			continue
		}
		ev := testjson.Event{Action: action, Package: "p", Time: time.Unix(999, 0)}
		name, text, _ := strings.Cut(rest, " ")
		ev.Test = strings.TrimPrefix(name, "-")
		switch action {
		case "out":
			ev.Action, ev.Output = testjson.Output, strings.ReplaceAll(text, `\t`, "\t")+"\n"
		case "half":
			ev.Action, ev.Output = testjson.Output, text
		case "attr":
			ev.Key, ev.Value, _ = strings.Cut(text, " ")
		}
		s.c.Event(ev)
	}
}

func (s *script) summary() string {
	sum := s.c.Summary(0, false)
	var b strings.Builder
	for _, t := range sum.Tests {
		fmt.Fprintf(&b, "%s: %v", t.Name, t.Outcome)
		if t.Reason != "" {
			fmt.Fprintf(&b, " (%s)", t.Reason)
		}
		for _, p := range t.Problems {
			kind := "FAIL"
			if p.Error {
				kind = "ERROR"
			}
			fmt.Fprintf(&b, " [%s %s:%d %q]", kind, p.File, p.Line, p.Text)
		}
		for _, w := range t.Warnings {
			fmt.Fprintf(&b, " [%s]", w)
		}
		if len(t.Output) > 0 {
			fmt.Fprintf(&b, " printed %q", t.Output)
		}
		b.WriteString("\n")
	}
	for _, p := range sum.Packages {
		fmt.Fprintf(&b, "%s: %v", p.Path, p.Outcome)
		for _, problem := range p.Problems {
			fmt.Fprintf(&b, " [%q]", problem.Text)
		}
		if len(p.Output) > 0 {
			fmt.Fprintf(&b, " printed %q", p.Output)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestOutcomes(t *testing.T) {
	for _, tt := range []struct{ name, events, want string }{
		{"pass, skip, fail", `
			run A
			pass A
			run B
			out B     b_test.go:3: not today
			out B         nor tomorrow
			skip B
			run C
			out C something
			out C     c_test.go:7: got 1
			out C         want 2
			out C     c_test.go:8: another
			fail C
			fail`,
			`A: passed
B: skipped (not today
nor tomorrow) printed "    b_test.go:3: not today\n        nor tomorrow\n"
C: failed [FAIL c_test.go:7 "got 1\nwant 2"] [FAIL c_test.go:8 "another"] printed "something\n"
p: failed
`},
		{"a parent fails by its subtest", `
			run A
			run A/x
			out A/x     a_test.go:1: no
			fail A/x
			fail A
			run B
			pass B
			fail`,
			`A/x: failed [FAIL a_test.go:1 "no"]
A: failed
B: passed
p: failed
`},
		{"markers", `
			run T
			attr T trial.todo not done
			out T     t_test.go:1: it failed
			attr T trial.outcome todo
			skip T
			run U
			attr U trial.todo soon
			attr U trial.outcome unexpected-success
			pass U
			run E
			attr E trial.outcome error
			attr E trial.error DirtyReactor: a port
			out E     e_test.go:1: remark
			out E     e_test.go:2: DirtyReactor: a port
			fail E
			run S
			attr S trial.reason no network
			out S     s_test.go:1: skipped: no network
			skip S
			run W
			attr W trial.warning {"File":"w.go","Line":4,"Category":"Deprecated","Text":"old"}
			attr W trial.warning {"File":"w.go","Line":4,"Category":"Deprecated","Text":"old"}
			pass W
			fail`,
			`T: expected failure (not done) [FAIL t_test.go:1 "it failed"]
U: unexpected success (soon)
E: error [ERROR e_test.go:2 "DirtyReactor: a port"] printed "    e_test.go:1: remark\n"
S: skipped (no network) printed "    s_test.go:1: skipped: no network\n"
W: passed [w.go:4: Deprecated: old]
p: failed
`},
		{"panic in a subtest", `
			run A
			run A/x
			out A/x --- FAIL: A/x (0.00s)
			fail A/x
			out A --- FAIL: A (0.00s)
			out A panic: boom [recovered]
			out A 
			out A goroutine 7 [running]:
			out A testing.tRunner.func1()
			out A \t/go/src/testing/testing.go:1 +0x1
			out A p.TestA()
			out A \t/src/p/a_test.go:5 +0x1
			fail A
			out - FAIL\tp\t0.01s
			fail`,
			`A/x: error [ERROR /src/p/a_test.go:5 "panic: boom [recovered]\n\ngoroutine 7 [running]:\ntesting.tRunner.func1()\n\t/go/src/testing/testing.go:1 +0x1\np.TestA()\n\t/src/p/a_test.go:5 +0x1"]
A: error
p: failed
`},
		{"the process goes on after what looked like a panic", `
			run A
			out A panic: only a word
			out A goroutine 1 [running]:
			out A     a_test.go:1: no
			fail A
			run B
			pass B
			fail`,
			`A: failed [FAIL a_test.go:1 "no"] printed "panic: only a word\ngoroutine 1 [running]:\n"
B: passed
p: failed
`},
		{"os.Exit", `
			run A
			pass A
			run B
			out B exit status 3
			fail`,
			`A: passed
B: error [ERROR :0 "the process ended with exit status 3, without a panic: os.Exit, or log.Fatal, was called (while B ran)"] printed "exit status 3\n"
p: failed
`},
		{"time-out", `
			run A
			run A/x
			pause A/x
			run B
			pause B
			cont A/x
			out A/x panic: test timed out after 1s
			out A/x \trunning tests:
			out A/x \t\tA/x (1s)
			out A/x 
			out A/x goroutine 1 [running]:
			fail`,
			`B: error [ERROR :0 "it waited for other tests to end when the process ended: test timed out after 1s"]
A/x: error [ERROR :0 "test timed out after 1s\n\trunning tests:\n\t\tA/x (1s)\n\ngoroutine 1 [running]:"]
A: error
p: failed
`},
		{"a panic among parallel tests, which is taken for the output of another one", `
			run A
			pause A
			run B
			pause B
			cont B
			cont A
			out A panic: guilty
			out A 
			out A goroutine 22 [running]:
			out A p.B.func1()
			out A \t/src/p/b_test.go:5 +0x1
			out A created by p.B in goroutine 3
			out A \t/src/p/b_test.go:4 +0x1
			out A 
			out A goroutine 1 [chan receive]:
			out A p.A()
			fail`,
			`B: error [ERROR /src/p/b_test.go:5 "panic: guilty\n\ngoroutine 22 [running]:\np.B.func1()\n\t/src/p/b_test.go:5 +0x1\ncreated by p.B in goroutine 3\n\t/src/p/b_test.go:4 +0x1\n\ngoroutine 1 [chan receive]:\np.A()"]
A: error [ERROR :0 "it ran when the process ended: panic: guilty (in B)"]
p: failed
`},
		{"data race", `
			run A
			out A     testing.go:1490: race detected during execution of test
			fail A
			fail`,
			`A: error [ERROR testing.go:1490 "race detected during execution of test"]
p: failed
`},
		{"TestMain exits", `
			run A
			pass A
			out - PASS
			out - from main
			out - exit status 7
			fail`,
			`A: passed
p: error ["the process ended with exit status 7, without a panic: os.Exit, or log.Fatal, was called"] printed "from main\n"
`},
		{"a benchmark has no end", `
			run BenchmarkA
			out BenchmarkA BenchmarkA-2   100   5 ns/op
			pass`,
			`BenchmarkA: passed printed "BenchmarkA-2   100   5 ns/op\n"
p: passed
`},
		{"half a line before the end", `
			run A
			half A {"Action":
			out A --- FAIL: A (0.00s)
			fail A
			fail`,
			`A: failed [FAIL :0 "it failed without a message"] printed "{\"Action\":"
p: failed
`},
		{"example", `
			run ExampleA
			out ExampleA got:
			out ExampleA x
			out ExampleA want:
			out ExampleA y
			fail ExampleA
			fail`,
			`ExampleA: failed [FAIL :0 "got:\nx\nwant:\ny"]
p: failed
`},
		{"events of nothing", `
			pass A
			attr A k v
			cont A
			out A lost
			pass`,
			`p: passed printed "lost\n"
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScript(collect.Config{KeepOutput: true})
			s.do(tt.events)
			s.c.End("")
			if got := s.summary(); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestStreamWithoutEnd(t *testing.T) {
	s := newScript(collect.Config{})
	s.do("run A\npass A\nrun B\n")
	s.c.End("go test was killed")
	want := "A: passed\nB: error [ERROR :0 \"go test was killed (while B ran)\"]\np: failed\n"
	if got := s.summary(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestStop(t *testing.T) {
	for _, tt := range []struct{ reason, want string }{
		{"interrupted", "A: passed\nC: passed\nB: error [ERROR :0 \"interrupted (while B ran)\"]\np: failed\n"},
		{"", "A: passed\nC: passed\np: running\n"},
	} {
		s := newScript(collect.Config{})
		s.do("run A\npass A\nrun B\npause B\nrun C")
		if n := s.c.Running(); n != 1 {
			t.Errorf("%d tests run, want C alone", n)
		}
		s.c.Stop(tt.reason)
		s.do("pass C\nrun D\npass D\nrun E\ncont B\nout - signal: interrupt\nfail")
		if got := s.summary(); got != tt.want {
			t.Errorf("reason %q: got\n%swant\n%s", tt.reason, got, tt.want)
		}
	}
}

func TestBuildFailed(t *testing.T) {
	s := newScript(collect.Config{})
	for _, ev := range []testjson.Event{
		{Action: testjson.BuildOutput, ImportPath: "p [p.test]", Output: "a_test.go:1:2: undefined: x\n"},
		{Action: testjson.BuildFail, ImportPath: "p [p.test]"},
		{Action: testjson.Start, Package: "p"},
		{Action: testjson.Output, Package: "p", Output: "FAIL\tp [build failed]\n"},
		{Action: testjson.Fail, Package: "p", FailedBuild: "p [p.test]"},
	} {
		s.c.Event(ev)
	}
	sum := s.c.Summary(0, false)
	p := sum.Packages[0]
	if p.Outcome != result.Errored || string(p.Build) != "a_test.go:1:2: undefined: x\n" || sum.Counts.Errors != 1 || sum.Passed {
		t.Errorf("got %+v, %+v", p, sum.Counts)
	}
}

func TestAttempts(t *testing.T) {
	s := newScript(collect.Config{})
	s.do("run A\nout A     a_test.go:1: once\nfail A\nrun B\npass B\nfail")
	s.do("run A\npass A\npass")
	sum := s.c.Summary(0, false)
	a := sum.Tests[0]
	if !a.Flaky() || a.Outcome != result.Passed || len(a.Problems) != 1 || sum.Counts.Flaky != 1 || sum.Counts.Failures != 0 {
		t.Errorf("got %+v, %+v", a, sum.Counts)
	}
	if sum.Passed {
		t.Error("a flake is green")
	}
	if len(sum.Packages) != 1 || sum.Packages[0].Outcome != result.Passed {
		t.Errorf("got %+v", sum.Packages)
	}
}

func TestCached(t *testing.T) {
	s := newScript(collect.Config{})
	for _, ev := range []testjson.Event{
		{Action: testjson.Start, Package: "p", Time: time.Unix(1, 0)},
		{Action: testjson.Run, Package: "p", Test: "A"},
		{Action: testjson.Pass, Package: "p", Test: "A", Elapsed: 1.5},
		{Action: testjson.Output, Package: "p", Output: "coverage: 12.5% of statements\n"},
		{Action: testjson.Output, Package: "p", Output: "ok  \tp\t(cached)\tcoverage: 12.5% of statements\n"},
		{Action: testjson.Pass, Package: "p"},
	} {
		s.c.Event(ev)
	}
	sum := s.c.Summary(0, false)
	if p := sum.Packages[0]; !p.Cached || p.Coverage != 12.5 || len(p.Output) > 0 {
		t.Errorf("got %+v", p)
	}
	if a := sum.Tests[0]; !a.Cached || a.Elapsed != 1500*time.Millisecond {
		t.Errorf("got %+v", a)
	}
}

// A million lines are kept at both ends, and the failure after them is not lost.
func TestBound(t *testing.T) {
	s := newScript(collect.Config{Output: 1000, KeepOutput: true})
	s.do("run A\n")
	for i := range 100_000 {
		s.c.Event(testjson.Event{Action: testjson.Output, Package: "p", Test: "A", Output: fmt.Sprintf("line %d\n", i)})
	}
	s.do("out A     a_test.go:9: at last\nfail A\nfail")
	a := s.c.Summary(0, false).Tests[0]
	if len(a.Output) > 2000 || a.Omitted < 900_000 || !strings.HasPrefix(string(a.Output), "line 0\n") || !strings.HasSuffix(string(a.Output), "line 99999\n") {
		t.Errorf("kept %d bytes, omitted %d: %q", len(a.Output), a.Omitted, a.Output)
	}
	if len(a.Problems) != 1 || a.Problems[0].Text != "at last" {
		t.Errorf("problems: %+v", a.Problems)
	}
}

// What a test logs without end is bounded too.
func TestManyMessages(t *testing.T) {
	s := newScript(collect.Config{Output: 1000})
	s.do("run A\n")
	for range 10_000 {
		s.do("out A     a_test.go:1: no\n")
	}
	s.do("fail A\nfail")
	a := s.c.Summary(0, false).Tests[0]
	if n := len(a.Problems); n != 201 || !strings.HasPrefix(a.Problems[200].Text, "9800 more messages") {
		t.Errorf("%d problems, the last %+v", n, a.Problems[n-1])
	}
}

func TestOrderOfCalls(t *testing.T) {
	s := newScript(collect.Config{})
	s.do("run A\nrun A/x\nout A/x     a_test.go:1: no\nfail A/x\nfail A\nfail")
	want := "start A, start A/x, problem A/x, stop A/x, stop A, package p"
	if got := strings.Join(s.r.calls, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzEvents(f *testing.F) {
	f.Add("run A\nout A panic: x\nout A goroutine 1 [running]:\nfail A\nfail")
	f.Add("run A/x\nrun A\npause A\nfail A\nout A     a.go:1: x\nstop\nrun B\nfail")
	f.Fuzz(func(t *testing.T, lines string) {
		s := newScript(collect.Config{Output: 100})
		s.do(lines)
		s.c.End("")
		open := map[string]int{}
		for _, call := range s.r.calls {
			what, name, _ := strings.Cut(call, " ")
			switch what {
			case "start":
				open[name]++
			case "stop":
				if open[name]--; open[name] < 0 {
					t.Errorf("%q stops and has not started: %q", name, s.r.calls)
				}
			}
		}
		for name, n := range open {
			if n != 0 {
				t.Errorf("%q started and did not stop", name)
			}
		}
	})
}

// The source tells what is a remark and what a failure; a marker tells what is an error.
func TestSource(t *testing.T) {
	dir := t.TempDir()
	text := "package p\n\t\tt.Log(1)\n\t\tt.Error(2)\n\t\tassert.Equal(t, 3, 4)\n\t\thelp(t)\n"
	if err := os.WriteFile(filepath.Join(dir, "p_test.go"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	const entries = `
		out A     p_test.go:2: one
		out A     p_test.go:3: two
		out A     p_test.go:4: three
		out A     p_test.go:5: four
		out A     gone_test.go:5: five
`
	for _, tt := range []struct{ name, before, want string }{
		{"failed", "", "A: failed [FAIL p_test.go:3 \"two\"] [FAIL p_test.go:4 \"three\"] [FAIL p_test.go:5 \"four\"] [FAIL gone_test.go:5 \"five\"]"},
		{"an error", "attr A trial.outcome error\nattr A trial.error five\n", "A: error [FAIL p_test.go:3 \"two\"] [FAIL p_test.go:4 \"three\"] [ERROR gone_test.go:5 \"five\"]"},
		{"an error where the source says log", "attr A trial.outcome error\nattr A trial.error one\n", "A: error [ERROR p_test.go:2 \"one\"] [FAIL p_test.go:3 \"two\"] [FAIL p_test.go:4 \"three\"]"},
	} {
		s := newScript(collect.Config{Dir: func(string) string { return dir }})
		s.do("run A\n" + tt.before + entries + "fail A\nfail")
		got, _, _ := strings.Cut(s.summary(), " printed ")
		if got != tt.want && !strings.HasPrefix(got, tt.want+"\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
		if calls := strings.Join(s.r.calls, ", "); !strings.HasPrefix(calls, "start A, problem A, ") {
			t.Errorf("%s: %s", tt.name, calls)
		}
	}
}

// Of a test that passed nothing is kept but that it did, so that a long run stays small.
func TestDropsOutput(t *testing.T) {
	s := newScript(collect.Config{})
	s.do("run A\nout A said\npass A\nrun B\nout B said\nfail B\nfail")
	tests := s.c.Summary(0, false).Tests
	if tests[0].Output != nil || string(tests[1].Output) != "said\n" {
		t.Errorf("kept %q and %q", tests[0].Output, tests[1].Output)
	}
}
