// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fuzzed is a workspace whose targets are all there is to it.
var fuzzed = map[string]string{
	"go.work":                  "go 1.26.0\n\nuse (\n\t./a\n\t./a/b\n)\n",
	"a/go.mod":                 "module example.org/a\n\ngo 1.26.0\n",
	"a/good_test.go":           "package a\n\nimport \"testing\"\n\nfunc FuzzGood(f *testing.F) { f.Fuzz(func(*testing.T, []byte) {}) }\n\nfunc FuzzToo(x *testing.F) { x.Fuzz(func(*testing.T, int) {}) }\n",
	"a/other_plan9_test.go":    "package a\n\nimport \"testing\"\n\nfunc FuzzPlan9(f *testing.F) {}\n",
	"a/sub/bad_test.go":        "package sub\n\nimport \"testing\"\n\nfunc FuzzBad(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { if len(b) > 0 { t.Error(\"not empty\") } }) }\n",
	"a/testdata/x_test.go":     "package x\n\nimport \"testing\"\n\nfunc FuzzData(f *testing.F) {}\n",
	"a/b/go.mod":               "module example.org/a/b\n\ngo 1.26.0\n",
	"a/b/b_test.go":            "package b\n\nimport \"testing\"\n\nfunc FuzzInside(f *testing.F) { f.Fuzz(func(*testing.T, string) {}) }\n\nconst notOne = `\nfunc FuzzText(t *testing.T) {}\n`\n",
	"a/b/helper.go":            "package b\n",
	"a/sub/testdata/fuzz/.git": "",
}

func fuzzChecker(t *testing.T, modules ...string) *checker {
	t.Helper()
	dir := t.TempDir()
	for name, text := range fuzzed {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return &checker{ctx: t.Context(), root: dir, options: options{modules: modules, fuzzTime: "1000x"}}
}

func TestFuzzTargets(t *testing.T) {
	for _, tt := range []struct {
		modules string
		want    string
	}{
		{"", "[a FuzzGood a FuzzToo a/sub FuzzBad a/b FuzzInside]"},
		{"a", "[a FuzzGood a FuzzToo a/sub FuzzBad]"},
		{"a/b", "[a/b FuzzInside]"},
	} {
		targets, err := fuzzChecker(t, strings.Fields(tt.modules)...).fuzzTargets()
		if got := fmt.Sprint(targets); err != nil || got != tt.want {
			t.Errorf("in %q: %s, %v, want %s", tt.modules, got, err, tt.want)
		}
	}
	if _, err := fuzzChecker(t, "nope").fuzzTargets(); err == nil || !strings.Contains(err.Error(), `no module "nope"`) {
		t.Errorf("in a module that is none: %v", err)
	}
}

func TestFuzz(t *testing.T) {
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "") // off, where the module is tested out of its zip file
	c := fuzzChecker(t)
	var out bytes.Buffer
	err := c.fuzz(&out)
	if err == nil || err.Error() != "1 of 4 fuzz targets failed: a/sub FuzzBad" || c.counts.passed != 3 || c.counts.failed != 1 {
		t.Errorf("%v, %+v\n%s", err, c.counts, out.String())
	}
	for _, want := range []string{"FAILED: a/sub FuzzBad", "not empty", "a/sub/testdata/fuzz/FuzzBad/", "go test fuzz v1\n[]byte("} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "FuzzGood") {
		t.Errorf("output tells of a target that passed:\n%s", out.String())
	}
}

// TestNoTargetIsLeftOut parses all tests of the repository and finds no target that the step leaves out.
func TestNoTargetIsLeftOut(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Skip(err)
	}
	targets, err := (&checker{ctx: t.Context(), root: root}).fuzzTargets()
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if here, err := build.Default.MatchFile(filepath.Dir(name), d.Name()); err != nil || !here || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(name))
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			if want := (fuzzTarget{filepath.ToSlash(dir), fn.Name.Name}); !slices.Contains(targets, want) {
				t.Errorf("the step runs no %v", want)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(targets) < 50 {
		t.Errorf("the step runs %d targets only", len(targets))
	}
}
