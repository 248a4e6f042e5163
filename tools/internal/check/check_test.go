// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestTally(t *testing.T) {
	const in = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:7: got 1\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"=== RUN   TestC\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:9: no curl\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
{"ImportPath":"q","Action":"build-output","Output":"q.go:1: syntax error\n"}
{"Action":"fail","Package":"q","FailedBuild":"q"}
{"Action":"output","Package":"r","Test":"TestD","Output":"panic: oh\n"}
{"Action":"fail","Package":"r"}
plain text
{"Action":"skip","Package":"notests"}
`
	var out bytes.Buffer
	got, err := tally(strings.NewReader(in), &out)
	if err != nil {
		t.Fatal(err)
	}
	if want := (counts{passed: 1, failed: 3, skipped: 1, names: []string{"p TestB", "q", "r"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, want := range []string{"FAILED: p TestB", "got 1", "skipped: p TestC: c_test.go:9: no curl", "q.go:1: syntax error", "FAILED: q", "FAILED: r", "panic: oh", "plain text"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "TestA") {
		t.Errorf("output shows a test that passed:\n%s", out.String())
	}
}

func TestChoose(t *testing.T) {
	chosen, err := choose("vet,format")
	if err != nil || len(chosen) != 2 || chosen[0].name != "format" {
		t.Errorf("got %v, %v: want format before vet", chosen, err)
	}
	all, err := choose("")
	if err != nil || slices.ContainsFunc(all, func(s step) bool { return s.asked }) || !slices.ContainsFunc(all, func(s step) bool { return s.name == "test" }) {
		t.Errorf("got %v, %v: want the steps that nobody has to ask for", all, err)
	}
	for _, s := range steps {
		if one, err := choose(s.name); err != nil || len(one) != 1 || one[0].name != s.name {
			t.Errorf("choosing %s gave %v, %v", s.name, one, err)
		}
	}
	if _, err := choose("vett"); err == nil || !strings.Contains(err.Error(), `"vett"`) {
		t.Errorf("got %v, want an error that quotes the name", err)
	}
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"-list", 0, "staticcheck    staticcheck over all modules\n"},
		{"-run nope", 2, `no step is named "nope"`},
		{"-modules nope -run format", 2, `go.work lists no module "nope"`},
		{"-targets plan9/amd64 -run cross-all", 2, `"plan9/amd64" is none of the systems`},
		{"surplus", 2, `unexpected argument "surplus"`},
		{"-nope", 2, "not defined"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			var out bytes.Buffer
			if code := Main(t.Context(), strings.Fields(tt.args), &out, &out); code != tt.code {
				t.Errorf("exit status %d, want %d", code, tt.code)
			}
			if !strings.Contains(out.String(), tt.want) {
				t.Errorf("output lacks %q: %s", tt.want, out.String())
			}
		})
	}
}

func TestFailedStepCountsOnce(t *testing.T) {
	c := &checker{ctx: t.Context()}
	var out bytes.Buffer
	ok := c.do(step{name: "bad", run: func(_ *checker, w io.Writer) error {
		io.WriteString(w, "the reason\n")
		return errors.New("broken")
	}}, false, &out)
	if ok || c.counts.failed != 1 || !strings.Contains(out.String(), "FAIL bad") || !strings.Contains(out.String(), "the reason") {
		t.Errorf("ok=%v counts=%+v output=%s", ok, c.counts, out.String())
	}
}

// TestDocumentation holds that the command's documentation tells of every step and every flag.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../cmd/check/main.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := strings.Index(string(text), "run only where -run names them, as")
	for _, s := range steps {
		at := strings.Index(string(text), "\n//\t"+s.name+" ")
		if at < 0 || (at > asked) != s.asked {
			t.Errorf("it does not tell of the step %s, or not where it belongs", s.name)
		}
	}
	flags, _ := newFlags(io.Discard)
	flags.VisitAll(func(f *flag.Flag) {
		if !strings.Contains(string(text), "\n//\t-"+f.Name+" ") {
			t.Errorf("it does not tell of the flag -%s", f.Name)
		}
	})
}

func TestModules(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Skip(err)
	}
	for modules, want := range map[string]string{"core": "[./core/...]", "web,tools/bench": "[./tools/bench/... ./web/...]", "": "./conch/... ./core/..."} {
		c := &checker{ctx: t.Context(), root: root}
		if err := names(&c.modules)(modules); err != nil {
			t.Fatal(err)
		}
		if got, err := c.patterns(); err != nil || !strings.Contains(fmt.Sprint(got), want) {
			t.Errorf("of %q: %v, %v, want %s", modules, got, err, want)
		}
	}
}

// TestToolsRunAnew has tests of module tools, which are not taken from the cache, and others, which are.
func TestToolsRunAnew(t *testing.T) {
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "") // off, where the module is tested out of its zip file
	dir := t.TempDir()
	for _, module := range []string{"other", "tools"} {
		test := "package x\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestX(t *testing.T) {\n\tif _, err := os.ReadFile(\"../README.md\"); err != nil {\n\t\tt.Error(err)\n\t}\n}\n"
		for name, text := range map[string]string{"go.mod": "module example.org/" + module + "\n\ngo 1.26.0\n", "x_test.go": test} {
			if err := os.MkdirAll(filepath.Join(dir, module), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, module, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	readme := filepath.Join(dir, "README.md")
	for name, text := range map[string]string{readme: "", filepath.Join(dir, "go.work"): "go 1.26.0\n\nuse (\n\t./other\n\t./tools\n)\n"} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := func(modules ...string) (counts, string, error) {
		c := &checker{ctx: t.Context(), root: dir, options: options{modules: modules}}
		err := c.test(t.Output())
		return c.counts, c.note, err
	}
	if n, note, err := run(); n.passed != 2 || note != "2 passed, 0 skipped" || err != nil {
		t.Errorf("all: %+v, %q, %v", n, note, err)
	}
	if err := os.Remove(readme); err != nil {
		t.Fatal(err)
	}
	if n, _, err := run("tools"); n.failed != 1 || err == nil {
		t.Errorf("tools, without a file that its test reads: %+v, %v: a result of before", n, err)
	}
}
