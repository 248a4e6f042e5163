// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

var update = flag.Bool("update", false, "write testdata anew")

const (
	pkgA = "example.com/shop/server"
	pkgB = "example.com/shop/client"
	pkgC = "example.com/shop/broken"
)

var began = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

const stack = `panic: runtime error: index out of range [3] with length 3

goroutine 7 [running]:
testing.tRunner.func1.2({0x5f1e20, 0xc0000b4018})
	/go/src/testing/testing.go:1872 +0x237
testing.tRunner.func1()
	/go/src/testing/testing.go:1875 +0x35b
panic({0x5f1e20?, 0xc0000b4018?})
	/go/src/runtime/panic.go:783 +0x132
example.com/shop/server.(*Cart).Last(...)
	/src/shop/server/cart.go:31
example.com/shop/server.TestCart(0xc000102a80)
	/src/shop/server/cart_test.go:12 +0x1d
github.com/torsion-go/torsion/trial.Run.func1(0xc000102a80)
	/src/trial/run.go:40 +0x11
testing.tRunner(0xc000102a80, 0x61b2f8)
	/go/src/testing/testing.go:1934 +0xea
created by testing.(*T).Run in goroutine 1
	/go/src/testing/testing.go:1997 +0x465

goroutine 1 [chan receive]:
testing.(*T).Run(0xc0001028c0, {0x6076a1?, 0x0?}, 0x61b2f8)
	/go/src/testing/testing.go:2005 +0x485
main.main()
	_testmain.go:47 +0x9b
`

// tests is a test of every outcome, in the order in which they end. Subtests end before the test that they are in.
func tests() []*result.Test {
	fail := func(text string, line int) result.Problem {
		return result.Problem{Text: text, File: "server_test.go", Line: line}
	}
	return []*result.Test{
		{ID: result.ID{Package: pkgA, Name: "TestPass"}, Outcome: result.Passed, Elapsed: 12 * time.Millisecond, Output: []byte("nobody sees this\n")},
		{ID: result.ID{Package: pkgA, Name: "TestFail"}, Outcome: result.Failed, Elapsed: 3 * time.Millisecond, Problems: []result.Problem{fail("prices differ:\n-  5\n+  7", 42)}, Output: []byte("listening\n\x1b[31mclosed\x1b[0m\n")},
		{ID: result.ID{Package: pkgA, Name: "TestCart"}, Outcome: result.Errored, Problems: []result.Problem{{Error: true, Text: stack}}},
		{ID: result.ID{Package: pkgA, Name: "TestSkip"}, Outcome: result.Skipped, Reason: "no network"},
		{ID: result.ID{Package: pkgA, Name: "TestSkipToo"}, Outcome: result.Skipped, Reason: "no network"},
		{ID: result.ID{Package: pkgA, Name: "TestTodo"}, Outcome: result.ExpectedFailure, Reason: "issue 12", Problems: []result.Problem{fail("got 1, want 2", 50)}},
		{ID: result.ID{Package: pkgA, Name: "TestDone"}, Outcome: result.UnexpectedSuccess, Reason: "issue 13"},
		{ID: result.ID{Package: pkgA, Name: "TestTable/small"}, Outcome: result.Passed, Elapsed: time.Millisecond},
		{ID: result.ID{Package: pkgA, Name: "TestTable/large"}, Outcome: result.Errored, Elapsed: 250 * time.Millisecond, Problems: []result.Problem{fail("got 1, want 2", 61), {Error: true, Text: "reactor was unclean:\na delayed call in 5s, made at server_test.go:60", File: "unclean.go", Line: 7}}},
		{ID: result.ID{Package: pkgA, Name: "TestTable/same"}, Outcome: result.Failed, Elapsed: time.Millisecond, Problems: []result.Problem{fail("got 1, want 2", 61)}},
		{ID: result.ID{Package: pkgA, Name: "TestTable"}, Outcome: result.Failed, Elapsed: 252 * time.Millisecond},
		{ID: result.ID{Package: pkgA, Name: "TestWarn"}, Outcome: result.Passed, Warnings: slicesRepeat(result.Warning{File: "old.go", Line: 7, Category: "DeprecationWarning", Text: "Old is deprecated since 1.2"}, 10)},
		{ID: result.ID{Package: pkgB, Name: "TestFlaky"}, Outcome: result.Passed, Elapsed: 40 * time.Millisecond, Attempts: []result.Outcome{result.Failed, result.Failed}, Problems: []result.Problem{{Text: "timed out", File: "client_test.go", Line: 9}}},
		{ID: result.ID{Package: pkgB, Name: "TestDial"}, Outcome: result.Passed, Elapsed: 8 * time.Millisecond},
	}
}

func slicesRepeat[T any](v T, n int) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = v
	}
	return all
}

func packages() []*result.Package {
	return []*result.Package{
		{Path: pkgC, Outcome: result.Errored, Build: []byte("broken/x.go:3:5: undefined: y\n"), Coverage: -1},
		{Path: pkgB, Outcome: result.Errored, Coverage: -1, Elapsed: 50 * time.Millisecond, Output: []byte("bye\n"),
			Problems: []result.Problem{{Error: true, Text: "logged: lost connection", File: "client.go", Line: 88}}},
		{Path: pkgA, Outcome: result.Failed, Coverage: 81.25, Elapsed: 300 * time.Millisecond},
	}
}

func summary(tests []*result.Test, packages []*result.Package) *result.Summary {
	run := &result.Run{Started: began, Total: len(tests), Shuffled: true, Seed: 42}
	for _, p := range packages {
		run.Packages = append(run.Packages, p.Path)
	}
	s := &result.Summary{Run: run, Tests: tests, Packages: packages, Elapsed: 350 * time.Millisecond}
	for i, t := range tests {
		t.Started = began.Add(time.Duration(i) * 10 * time.Millisecond)
		s.Counts.AddTest(t)
	}
	for _, p := range packages {
		s.Counts.AddPackage(p)
	}
	s.Passed = s.Counts.Failures+s.Counts.Errors == 0
	return s
}

// play tells r of the run s as a runner would: tests with subtests start before these, packages overlap. Earlier attempts have the problems of the last.
func play(r reporter.Reporter, s *result.Summary) error {
	r.Begin(s.Run)
	started := map[result.ID]bool{}
	start := func(t *result.Test) {
		if !started[t.ID] {
			started[t.ID] = true
			r.StartTest(&result.Test{ID: t.ID, Started: t.Started})
		}
	}
	for i, t := range s.Tests {
		for _, parent := range s.Tests[i:] {
			if parent.Package == t.Package && strings.HasPrefix(t.Name, parent.Name+"/") {
				start(parent)
			}
		}
		start(t)
		for i, o := range t.Attempts {
			earlier := *t
			earlier.Outcome, earlier.Attempts = o, t.Attempts[:i]
			for _, p := range t.Problems {
				r.Problem(&earlier, p)
			}
			r.StopTest(&earlier)
			r.StartTest(&result.Test{ID: t.ID, Started: t.Started})
		}
		if !t.Flaky() {
			for _, p := range t.Problems {
				r.Problem(t, p)
			}
		}
		r.StopTest(t)
	}
	for _, p := range s.Packages {
		for _, one := range p.Problems {
			r.Problem(&result.Test{ID: result.ID{Package: p.Path}}, one)
		}
		r.StopPackage(p)
	}
	return r.Done(s)
}

// report returns what a reporter writes of s.
func report(t testing.TB, spec string, o reporter.Options, s *result.Summary) string {
	t.Helper()
	var b bytes.Buffer
	o.Writer = &b
	if o.Now == nil {
		o.Now = func() time.Time { return began }
	}
	r, err := reporter.New(spec, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := play(r, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden compares got with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("%s, line %d:\n got %q\nwant %q\n(go test -update writes the file anew)", path, i+1, b[i], a[i])
		}
	}
	t.Fatalf("%s has %d lines, got %d (go test -update writes the file anew)", path, len(a), len(b))
}
