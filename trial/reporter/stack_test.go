// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/result"
)

func TestTrimStack(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"no stack", "got 1\n\twant 2\n", "got 1\n\twant 2\n"},
		{
			"framework", "boom\n\ngoroutine 1 [running]:\nruntime/debug.Stack()\n\t/go/src/runtime/debug/stack.go:26 +0x5e\nexample.com/x.f(0x1)\n\t/x/x.go:3 +0x1\ncreated by testing.(*T).Run in goroutine 1\n\t/go/src/testing/testing.go:1 +0x1\n",
			"boom\n\ngoroutine 1 [running]:\nexample.com/x.f(0x1)\n\t/x/x.go:3 +0x1\n",
		},
		{
			"tests of the framework stay", "goroutine 1 [running]:\ntesting.tRunner()\n\t/t.go:1\ngithub.com/torsion-go/torsion/trial.TestRun(0x1)\n\t/trial/run_test.go:3 +0x1\n",
			"goroutine 1 [running]:\ngithub.com/torsion-go/torsion/trial.TestRun(0x1)\n\t/trial/run_test.go:3 +0x1\n",
		},
		{
			"nothing would be left", "goroutine 1 [running]:\ntesting.tRunner()\n\t/t.go:1\n", "goroutine 1 [running]:\ntesting.tRunner()\n\t/t.go:1\n",
		},
		{
			"another package of the same name", "goroutine 1 [running]:\ntesting.tRunner()\n\t/t.go:1\nexample.com/testing.f()\n\t/x.go:1\ngopkg.in/runtime%2ev2.f()\n\t/y.go:2\n",
			"goroutine 1 [running]:\nexample.com/testing.f()\n\t/x.go:1\ngopkg.in/runtime%2ev2.f()\n\t/y.go:2\n",
		},
		{
			"generics, methods, assembly", "goroutine 1 [running]:\nruntime.goexit({})\n\t/a.s:1 +0x1\nexample.com/x.F[...]({0x1, 0x2})\n\t/x.go:1\nexample.com/x.(*T[...]).m.func1.2()\n\t/x.go:2\n",
			"goroutine 1 [running]:\nexample.com/x.F[...]({0x1, 0x2})\n\t/x.go:1\nexample.com/x.(*T[...]).m.func1.2()\n\t/x.go:2\n",
		},
	} {
		if got := trimStack(tt.in); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func FuzzTrimStack(f *testing.F) {
	f.Add("x\n\ngoroutine 1 [running]:\ntesting.a()\n\t/x.go:1\nb.c()\n\t/y.go:2 +0x1\n\ngoroutine 2:\n")
	f.Fuzz(func(t *testing.T, s string) {
		got := trimStack(s)
		if len(got) > len(s) {
			t.Errorf("%q became %q", s, got)
		}
		rest := s
		for l := range strings.Lines(got) { // only whole lines go
			l = strings.TrimRight(l, "\n")
			i := strings.Index(rest, l)
			if i < 0 {
				t.Fatalf("%q became %q: where is %q from?", s, got, l)
			}
			rest = rest[i+len(l):]
		}
		splitStack(s)
	})
}

// TestPlain: names of files are short, and places that are not the test's are left out.
func TestPlain(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x_test.go"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	o := Options{}.defaults()
	for _, tt := range []struct {
		p    result.Problem
		want string
	}{
		{result.Problem{Text: "no\n\ngoroutine 5 [running]:\nx.f(0x1)\n\t" + wd + "/f.go:7 +0x1\nx.Test()\n\t/elsewhere/x.go:8"}, "no\n\ngoroutine 5 [running]:\nx.f(0x1)\n\tf.go:7\nx.Test()\n\t/elsewhere/x.go:8\n"},
		{result.Problem{Error: true, Text: "unclean", File: "suite.go", Line: 52}, "unclean\n"},
		{result.Problem{Error: true, Text: "unclean", File: "x_test.go", Line: 52}, "x_test.go:52: unclean\n"},
		{result.Problem{Text: "not equal", File: "assertions.go", Line: 52}, "assertions.go:52: not equal\n"}, // somebody's helper
	} {
		if got := formatProblem(tt.p, dir, o); got != tt.want {
			t.Errorf("got\n%s\nwant\n%s", got, tt.want)
		}
		if got := machineText([]result.Problem{tt.p}, dir); strings.Contains(got, "suite.go") {
			t.Error(got)
		}
	}
	p := result.Problem{Error: true, Text: "unclean", File: "suite.go", Line: 52}
	for _, unknown := range []string{"", filepath.Join(dir, "gone")} {
		if got := formatProblem(p, unknown, o); got != "suite.go:52: unclean\n" {
			t.Errorf("%q: %s", unknown, got)
		}
	}
}

// TestEmacs: every place is at the start of a line, with a name that leads to the file.
func TestEmacs(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		p         result.Problem
		dir, want string
	}{
		{result.Problem{Text: "no\nand\n", File: "x_test.go", Line: 3}, filepath.Join(wd, "sub"), "sub/x_test.go:3: no\n    and\n"},
		{result.Problem{Text: "no", File: "x_test.go", Line: 3}, "", "x_test.go:3: no\n"},
		{result.Problem{Text: "no", File: "/elsewhere/x.go"}, "/src", "/elsewhere/x.go: no\n"},
		{result.Problem{Text: "no"}, "/src", "no\n"},
		{
			result.Problem{Text: "panic: no\n\ngoroutine 5 [running]:\npanic({0x1})\n\t/go/panic.go:1 +0x1\nx.f()\n\t" + wd + "/f.go:7 +0x1\nx.Test()\n\t" + wd + "/f_test.go:8\n"}, "/src",
			"f.go:7: panic: no\nf_test.go:8: x.Test\n",
		},
	} {
		if got := formatProblem(tt.p, tt.dir, Options{Format: Emacs}.defaults()); got != tt.want {
			t.Errorf("got\n%s\nwant\n%s", got, tt.want)
		}
	}
}

// TestVerbose: the lines of source around a place, if it can be read, and everything of the stack.
func TestVerbose(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x_test.go"), []byte("one\ntwo\n\tthree\x1b[2J\n"+strings.Repeat("w", 1000)+"\nfive\nsix\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	o := Options{Format: Verbose}.defaults()
	at := filepath.Join(dir, "x_test.go")
	p := result.Problem{Text: "no", File: "x_test.go", Line: 3}
	if got, want := formatProblem(p, dir, o), at+":3:\n      1 one\n      2 two\n->    3 \tthree\\x1b[2J\n      4 "+strings.Repeat("w", 200)+"\n      5 five\nno\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, tt := range []struct {
		file string
		line int
	}{{"gone.go", 3}, {"x_test.go", 0}, {".", 1}} {
		p.File, p.Line = tt.file, tt.line
		if got := formatProblem(p, dir, o); strings.Contains(got, "->") || !strings.HasSuffix(got, ":\nno\n") {
			t.Errorf("%+v: %s", tt, got)
		}
	}
	p.File, p.Line = "x_test.go", 1000
	if got := formatProblem(p, dir, o); strings.Contains(got, "->") {
		t.Errorf("a line that is not there: %s", got)
	}
}
