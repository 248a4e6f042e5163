// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package testjson_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/internal/testjson"
)

func frame(failure string, limits testjson.Limits, pieces ...string) []testjson.Event {
	f := testjson.NewFramer("p", nil, limits)
	var all []testjson.Event
	take := func() {
		for ev := range f.Events() {
			if n := len(all) - 1; n >= 0 && ev.Action == testjson.Output && all[n].Action == testjson.Output && all[n].Test == ev.Test {
				all[n].Output += ev.Output // pieces of output may be cut anywhere
				continue
			}
			all = append(all, ev)
		}
	}
	for _, s := range pieces {
		f.Feed([]byte(s))
		take()
	}
	f.Exited(failure)
	take()
	return all
}

const framed = "\x16=== RUN   TestA\nfrom a\nhalf\x16=== PAUSE TestA\n\x16=== RUN   TestB\n\x16=== RUN   TestB/x\n    b.go:1: said\n" +
	"\x16=== NAME  TestB\n\x16=== ATTR  TestB key some value\n\x16    --- SKIP: TestB/x (0.25s)\n\x16--- FAIL: TestB (1.50s)\n" +
	"\x16=== CONT  TestA\n--- PASS: TestA (0.00s)\nFAIL\n\x16--- PASS: TestA (0.00s)\n\x16FAIL\nend"

func TestFramer(t *testing.T) {
	var got []string
	for _, ev := range frame("exit status 2", testjson.Limits{}, framed) {
		s := ev.Action + " " + ev.Test
		switch ev.Action {
		case testjson.Output:
			s += fmt.Sprintf(" %q", ev.Output)
		case testjson.Pass, testjson.Fail, testjson.Skip:
			s += fmt.Sprint(" ", ev.Elapsed)
		case testjson.Attr:
			s += " " + ev.Key + "=" + ev.Value
		}
		if ev.Package != "p" {
			t.Errorf("package %q in %s", ev.Package, s)
		}
		got = append(got, s)
	}
	want := []string{
		"start ",
		"run TestA", `output TestA "=== RUN   TestA\nfrom a\nhalf=== PAUSE TestA\n"`, "pause TestA",
		"run TestB", `output TestB "=== RUN   TestB\n"`,
		"run TestB/x", `output TestB/x "=== RUN   TestB/x\n    b.go:1: said\n"`,
		"attr TestB key=some value", `output TestB "=== ATTR  TestB key some value\n"`,
		`output TestB/x "    --- SKIP: TestB/x (0.25s)\n"`,
		"skip TestB/x 0.25", `output TestB "--- FAIL: TestB (1.50s)\n"`, "fail TestB 1.5",
		"cont TestA", `output TestA "=== CONT  TestA\n--- PASS: TestA (0.00s)\nFAIL\n--- PASS: TestA (0.00s)\n"`,
		"pass TestA 0", `output  "FAIL\nendexit status 2\n"`, "fail  0",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFramerSplit(t *testing.T) {
	want := frame("", testjson.Limits{}, framed)
	for i := range framed {
		if got := frame("", testjson.Limits{}, framed[:i], framed[i:]); !reflect.DeepEqual(got, want) {
			t.Fatalf("split at %d: got %+v\nwant %+v", i, got, want)
		}
	}
	if got := frame("", testjson.Limits{}, strings.Split(framed, "")...); !reflect.DeepEqual(got, want) {
		t.Errorf("split everywhere: got %+v", got)
	}
}

// A line without an end must not grow for ever, nor swallow the frame that follows.
func TestFramerBound(t *testing.T) {
	long := strings.Repeat("x", 1000)
	all := frame("", testjson.Limits{Line: 64}, "\x16=== RUN   TestA\n"+long+"\x16--- PASS: TestA (0.00s)\n")
	if n := len(all); all[n-2].Action != testjson.Pass || all[n-2].Test != "TestA" || !strings.Contains(all[2].Output, long) {
		t.Errorf("got %+v", all)
	}
}

func FuzzFramer(f *testing.F) {
	f.Add(framed)
	f.Add("\x16\x16--- PASS: \n")
	f.Fuzz(func(t *testing.T, s string) {
		whole := frame("", testjson.Limits{}, s)
		var pieces []string
		for i := range len(s) {
			pieces = append(pieces, s[i:i+1])
		}
		if got := frame("", testjson.Limits{}, pieces...); !reflect.DeepEqual(got, whole) {
			t.Errorf("split: %+v\nwhole: %+v", got, whole)
		}
	})
}

func TestIsFrame(t *testing.T) {
	for line, want := range map[string]bool{
		"=== RUN   TestA\n": true, "=== RUN   TestB\n": false, "    --- PASS: TestA (0.10s)\n": true, "--- FAIL: TestA/x (0.00s)\n": false, "=== ATTR  TestA k v\n": true,
		"=== GONE  TestA\n": false, "TestA\n": false, "\n": false, "=== PAUSE TestA": true,
	} {
		if got := testjson.IsFrame(line, "TestA"); got != want {
			t.Errorf("%q: got %v", line, got)
		}
	}
}
