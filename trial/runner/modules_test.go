// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// files makes a folder of files.
func files(t *testing.T, texts map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range texts {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindModules(t *testing.T) {
	dir := files(t, map[string]string{
		"go.work":        "go 1.26.0\n\nuse (\n\t./a // the first\n\t./b\n)\nuse ./a/inner\n",
		"a/go.mod":       "// a module\nmodule example.com/a\n",
		"b/go.mod":       "module (\n\t\"example.com/b\"\n)\n",
		"a/inner/go.mod": "module example.com/a/inner\n",
		"a/x/x.go":       "package x\n",
	})
	for _, tt := range []struct {
		gowork, from string
		want         map[string]string
	}{
		{"", "a/x", map[string]string{"example.com/a": "a", "example.com/a/x": "a/x", "example.com/a/inner/y": "a/inner/y", "example.com/b": "b", "example.com/ab": "", "fmt": "", "example.com/a/x_test": "a/x"}},
		{"off", "a/x", map[string]string{"example.com/a/x": "a/x", "example.com/b": ""}},
		{"off", "", map[string]string{"example.com/a": ""}},
	} {
		t.Setenv("GOWORK", tt.gowork)
		w := findModules(filepath.Join(dir, tt.from))
		for pkg, want := range tt.want {
			if want != "" {
				want = filepath.Join(dir, want)
			}
			if got := w.dir(pkg); got != want {
				t.Errorf("GOWORK=%s from %q: %s is in %q, want %q", tt.gowork, tt.from, pkg, got, want)
			}
		}
	}
}

// A folder of several modules means each of them.
func TestInModules(t *testing.T) {
	t.Setenv("GOWORK", "")
	dir := files(t, map[string]string{
		"go.work":        "go 1.26.0\n\nuse (\n\t./a\n\t./a/inner\n\t./b\n)\n",
		"a/go.mod":       "module example.com/a\n",
		"b/go.mod":       "module example.com/b\n",
		"a/inner/go.mod": "module example.com/a/inner\n",
		"a/x/x.go":       "package x\n",
		"none/x.txt":     "",
	})
	for _, tt := range []struct {
		from, arg string
		want      []string
	}{
		{"", "./...", []string{"./a/...", "./a/inner/...", "./b/..."}},
		{"", ".", []string{"./a/...", "./a/inner/...", "./b/..."}},
		{"", "./a/...", []string{"./a/...", "./a/inner/..."}},
		{"", "./b", []string{"./b/..."}},
		{"", "b", []string{"./b/..."}},
		{"", "./none/...", []string{"./none/..."}},
		{"a/x", "../...", []string{"../...", "../inner/..."}},
		{"a/x", "./...", []string{"./..."}},
		{"b", "..", []string{"../a/...", "../a/inner/...", "./..."}},
		{"", "work", []string{"work"}},
		{"", "example.com/a/...", []string{"example.com/a/..."}},
	} {
		targets, lost := Config{Dir: filepath.Join(dir, tt.from), Args: []string{tt.arg}}.resolve()
		if len(targets) != 1 || len(lost) != 0 || !slices.Equal(targets[0].patterns, tt.want) {
			t.Errorf("%s in %q: %v, %v, want %v", tt.arg, tt.from, targets, lost, tt.want)
		}
	}
}

func TestSplitID(t *testing.T) {
	for id, want := range map[string][2]string{
		"example.com/a.TestB":              {"example.com/a", "TestB"},
		"example.com/a.TestB/x.TestC/y":    {"example.com/a", "TestB/x.TestC/y"},
		"./a.FuzzB":                        {"./a", "FuzzB"},
		"a.Example":                        {"a", "Example"},
		"gopkg.in/yaml.v3.TestA":           {"gopkg.in/yaml.v3", "TestA"},
		"example.com/a":                    {},
		"example.com/a.Testify":            {},
		"./a":                              {},
		"../TestA":                         {},
		"example.com/a.go":                 {},
		"example.com/Test.dir/b.TestÄrger": {"example.com/Test.dir/b", "TestÄrger"},
	} {
		pkg, name, ok := splitID(id)
		if pkg != want[0] || name != want[1] || ok != (want[1] != "") {
			t.Errorf("%s: %q %q %v", id, pkg, name, ok)
		}
	}
}

func TestExpressions(t *testing.T) {
	if got := nameRegexp([]string{"TestA/x.y(1)", "TestB"}); got != `^TestA$/^x\.y\(1\)$|^TestB$` {
		t.Error(got)
	}
	for expr, want := range map[string]int{"a": 1, "a/b": 2, "a[/]b": 1, "(a/b)c": 1, `a\/b`: 1, "a//b": 3, "[": 1, "": 1} {
		if got := splitRegexp(expr); len(got) != want {
			t.Errorf("%q: %q", expr, got)
		}
	}
	if got := alternatives("(a|b)|c[|]"); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

func TestProfileMerge(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct{ mode, want string }{
		{"set", "mode: set\np/a.go:1.1,2.2 3 1\np/a.go:3.1,4.2 1 0\nq/b.go:1.1,2.2 2 1\n"},
		{"atomic", "mode: atomic\np/a.go:1.1,2.2 3 5\np/a.go:3.1,4.2 1 0\nq/b.go:1.1,2.2 2 1\n"},
	} {
		p := &profile{}
		for _, f := range []string{
			file("1", "mode: "+tt.mode+"\np/a.go:1.1,2.2 3 2\np/a.go:3.1,4.2 1 0\n"),
			file("2", "mode: "+tt.mode+"\np/a.go:1.1,2.2 3 3\nq/b.go:1.1,2.2 2 1\n"),
			filepath.Join(dir, "gone"),
		} {
			if err := p.readFile(f); err != nil {
				t.Fatal(err)
			}
		}
		out := filepath.Join(dir, "out")
		if err := p.write(out); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(out); string(got) != tt.want {
			t.Errorf("%s: got %q", tt.mode, got)
		}
		packages, total := p.percent()
		if packages["p"] != 75 || packages["q"] != 100 || int(total) != 83 {
			t.Errorf("%v, %v", packages, total)
		}
	}
	for _, bad := range []string{"mode: set\nhalf a li", "p/a.go:1.1,2.2 x 1\n"} {
		if err := (&profile{}).readFile(file("bad", bad)); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}
