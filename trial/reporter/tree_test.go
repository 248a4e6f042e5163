// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// A screen is what a terminal shows: lines, and the controls \r and "erase to the end of the line".
func screen(written string) []string {
	var rows []string
	row := ""
	for i := 0; i < len(written); {
		rest := written[i:]
		switch {
		case strings.HasPrefix(rest, "\r\x1b[K"):
			row, i = "", i+4
		case rest[0] == '\n':
			rows, row, i = append(rows, row), "", i+1
		case rest[0] == '\x1b':
			i += strings.IndexByte(rest, 'm') + 1
		default:
			row, i = row+rest[:1], i+1
		}
	}
	return append(rows, row)
}

// watch makes a reporter for a terminal and returns what is on the screen.
func watch(t *testing.T, name string, o reporter.Options) (reporter.Reporter, func() []string) {
	t.Helper()
	var b bytes.Buffer
	o.Writer, o.Terminal = &b, true
	r, err := reporter.New(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, func() []string { return screen(b.String()) }
}

func test(pkg, name string, o result.Outcome) *result.Test {
	t := &result.Test{ID: result.ID{Package: pkg, Name: name}, Outcome: o, Started: began}
	if o.Bad() {
		t.Problems = []result.Problem{{Text: "no", Error: o == result.Errored}}
	}
	return t
}

// TestStream: of one package a test is written when it and its subtests have ended, with the live line below.
func TestStream(t *testing.T) {
	now := began
	r, shown := watch(t, "tree", reporter.Options{Now: func() time.Time { return now }})
	r.Begin(&result.Run{Packages: []string{"a"}, Total: 10})
	want := func(rows ...string) {
		t.Helper()
		if got := strings.Join(shown(), "\n"); got != strings.Join(rows, "\n") {
			t.Fatalf("on the screen:\n%s\nwant:\n%s", got, strings.Join(rows, "\n"))
		}
	}
	want("0/10  0:00  building")
	now = now.Add(3 * time.Second)
	r.StartTest(test("a", "TestA", result.Running))
	want("0/10  0:03  TestA")
	now = now.Add(time.Second)
	r.StartTest(test("a", "TestA/sub", result.Running))
	want("0/10  0:04  TestA/sub +1")
	now = now.Add(time.Second)
	r.StopTest(test("a", "TestA/sub", result.Failed))
	want("1/10  1 failed  0:05  0:45 left  TestA (0:02)")
	now = now.Add(85 * time.Second)
	r.(reporter.Ticker).Tick(now)
	want("1/10  1 failed  1:30  13:30 left  TestA (1:27)")
	r.StopTest(test("a", "TestA", result.Passed))
	want("a", "  TestA", "    sub ...                                                              [FAIL]", "2/10  1 failed  1:30  6:00 left")
	r.StartTest(test("a", "TestB", result.Running))
	now = now.Add(time.Hour)
	r.StopTest(test("a", "TestB", result.Errored))
	want("a", "  TestA", "    sub ...                                                              [FAIL]", "  TestB ...                                                             [ERROR]", "3/10  2 failed  1:01:30  2:23:30 left")
	if err := r.Done(&result.Summary{}); err != nil {
		t.Fatal(err)
	}
	for _, row := range shown() {
		if strings.Contains(row, "1:01:30") {
			t.Errorf("the live line stays: %q", row)
		}
	}
}

// TestAttempts: a test that is repeated counts once, and is shown with each attempt.
func TestAttempts(t *testing.T) {
	r, shown := watch(t, "tree", reporter.Options{Now: func() time.Time { return began }})
	r.Begin(&result.Run{Packages: []string{"a"}, Total: 1})
	first := test("a", "TestA", result.Errored)
	r.StartTest(first)
	r.StopTest(first)
	r.StopPackage(&result.Package{Path: "a"})
	again := test("a", "TestA", result.Passed)
	again.Attempts = []result.Outcome{result.Errored}
	r.StartTest(again)
	r.StopTest(again)
	want := "a\n  TestA ...                                                             [ERROR]\na\n  TestA ...                                                             [FLAKY]\n1/1  1 flaky  0:00"
	if got := strings.Join(shown(), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestRedraw: tests that come fast do not draw the line each time.
func TestRedraw(t *testing.T) {
	var b bytes.Buffer
	r, err := reporter.New("progress", reporter.Options{Writer: &b, Terminal: true, Now: func() time.Time { return began }})
	if err != nil {
		t.Fatal(err)
	}
	r.Begin(&result.Run{Total: 1000})
	for i := range 1000 {
		one := test("a", fmt.Sprintf("Test%d", i), result.Passed)
		r.StartTest(one)
		r.StopTest(one)
	}
	if n := strings.Count(b.String(), "\r"); n != 0 {
		t.Errorf("drawn %d times in no time", n)
	}
}

// TestWhole: of several packages each is written whole, in the order in which they end.
func TestWhole(t *testing.T) {
	var b bytes.Buffer
	r, err := reporter.New("tree", reporter.Options{Writer: &b})
	if err != nil {
		t.Fatal(err)
	}
	r.Begin(&result.Run{Packages: []string{"a", "b"}})
	for _, name := range []string{"Test1", "Test2"} {
		for _, pkg := range []string{"a", "b"} {
			r.StartTest(test(pkg, name, result.Running))
			r.StopTest(test(pkg, name, result.Passed))
		}
	}
	if b.Len() > 0 {
		t.Errorf("written before a package ended: %q", b.String())
	}
	r.StopPackage(&result.Package{Path: "b", Cached: true})
	r.StopPackage(&result.Package{Path: "none", NoTests: true})
	r.StartTest(test("a", "TestHangs", result.Running))
	r.StartTest(test("a", "TestHangs/sub", result.Running))
	r.StopPackage(&result.Package{Path: "a"})
	got := regexp.MustCompile(` {2,}\[`).ReplaceAllString(b.String(), " [")
	want := "b (cached)\n  Test1 ... [OK]\n  Test2 ... [OK]\na\n  Test1 ... [OK]\n  Test2 ... [OK]\n  TestHangs\n    sub ... [?]\n  TestHangs ... [?]\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestColumns: verdicts end in column 79 of a file and of wide terminals, before the last of narrow ones; names take their width, and are never cut.
func TestColumns(t *testing.T) {
	for _, tt := range []struct {
		o    reporter.Options
		want int
	}{
		{reporter.Options{}, 79}, {reporter.Options{Width: 40}, 79}, {reporter.Options{Terminal: true}, 79}, {reporter.Options{Terminal: true, Width: 200}, 79}, {reporter.Options{Terminal: true, Width: 40}, 39},
	} {
		out := screen(report(t, "tree", tt.o, summary([]*result.Test{test("a", "TestX", result.Passed), test("a", "Test日本é", result.Skipped)}, []*result.Package{{Path: "a"}})))
		n := 0
		for _, row := range out {
			if strings.Contains(row, " ... ") {
				n++
				wide := strings.Count(row, "日") + strings.Count(row, "本") - strings.Count(row, "\u0301")
				if got := len([]rune(row)) + wide; got != tt.want {
					t.Errorf("%+v: %q has %d columns, want %d", tt.o, row, got, tt.want)
				}
			}
		}
		if n != 2 {
			t.Errorf("%d tests in %q", n, out)
		}
	}
	long := "Test" + strings.Repeat("x", 100)
	if out := report(t, "tree", reporter.Options{}, summary([]*result.Test{test("a", long, result.Passed)}, []*result.Package{{Path: "a"}})); !strings.Contains(out, "  "+long+" ... [OK]\n") {
		t.Error(out)
	}
}

// TestColors: there are colours on terminals only, and not if the environment says no.
func TestColors(t *testing.T) {
	s := summary(tests(), packages())
	t.Setenv("TERM", "xterm")
	for _, tt := range []struct {
		noColor, term string
		o             reporter.Options
		want          bool
	}{
		{"", "xterm", reporter.Options{}, false},
		{"", "xterm", reporter.Options{Terminal: true}, true},
		{"1", "xterm", reporter.Options{Terminal: true}, false},
		{"", "dumb", reporter.Options{Terminal: true}, false},
		{"1", "dumb", reporter.Options{Color: reporter.ColorAlways}, true},
		{"", "xterm", reporter.Options{Terminal: true, Color: reporter.ColorNever}, false},
	} {
		t.Setenv("NO_COLOR", tt.noColor)
		t.Setenv("TERM", tt.term)
		for _, name := range []string{"tree", "bwverbose", "text", "timing", "progress"} {
			out := report(t, name, tt.o, s)
			if got := regexp.MustCompile("\x1b\\[[0-9;]+m").MatchString(out); got != tt.want {
				t.Errorf("%s: NO_COLOR=%q TERM=%s %+v: colours: %v", name, tt.noColor, tt.term, tt.o, got)
			}
		}
	}
}

// TestRealTime: a problem is shown when it happens, and again at the end.
func TestRealTime(t *testing.T) {
	for _, name := range []string{"tree", "bwverbose", "text", "timing", "progress"} {
		for realTime, want := range map[bool]int{false: 1, true: 2} {
			out := report(t, name, reporter.Options{RealTime: realTime}, summary(tests()[1:2], packages()[1:2]))
			if got := strings.Count(out, "server_test.go:42: prices differ:\n-  5\n+  7\n"); got != want {
				t.Errorf("%s: shown %d times, want %d\n%s", name, got, want, out)
			}
			if got := strings.Count(out, "client.go:88: logged: lost connection\n"); got != want {
				t.Errorf("%s: outside of tests: shown %d times, want %d\n%s", name, got, want, out)
			}
		}
	}
}

// TestProgressFile: where the line cannot be drawn again there is one every ten seconds, and one for each test that goes wrong.
func TestProgressFile(t *testing.T) {
	now := began
	var b bytes.Buffer
	r, err := reporter.New("progress", reporter.Options{Writer: &b, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	r.Begin(&result.Run{Total: 100})
	for i := range 30 {
		now = now.Add(time.Second)
		o := result.Passed
		if i == 11 {
			o = result.Failed
		}
		r.StopTest(test("a", fmt.Sprintf("Test%d", i), o))
	}
	want := "10/100  0:10  1:30 left\n[FAIL] a.Test11\n20/100  1 failed  0:20  1:20 left\n30/100  1 failed  0:30  1:10 left\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
