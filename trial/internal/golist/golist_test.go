// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package golist_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/torsion-go/torsion/trial/internal/golist"
)

func TestList(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GOWORK", "off")
	write(t, dir, "go.mod", "module example.com/m\n\ngo 1.26.0\n")
	write(t, dir, "a/a_test.go", "package a\n")
	write(t, dir, "b/b.go", "package b\n")
	all, unmatched, err := golist.List(t.Context(), dir, []string{"-find"}, "./...", "example.com/gone/...", "./nowhere")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range all {
		name := p.ImportPath
		if p.Error != nil {
			name += " with an error"
		}
		names = append(names, name)
	}
	if want := []string{"example.com/m/a", "example.com/m/b", "./nowhere with an error"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
	if !slices.Equal(unmatched, []string{"example.com/gone/..."}) {
		t.Errorf("unmatched: %v", unmatched)
	}
	if got := all[0].TestFiles(); !slices.Equal(got, []string{filepath.Join(dir, "a/a_test.go")}) {
		t.Errorf("test files: %v", got)
	}
	if _, _, err := golist.List(t.Context(), dir, []string{"-nonsense"}, "./..."); err == nil {
		t.Error("a wrong flag is no error")
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// What package testing would run, and nothing else.
func TestTests(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir, "a_test.go", `package a

import x "testing"

func TestB(t *x.T) {}
func Test(t *x.T) {}
func TestMain(m *x.M) {}
func Testlower(t *x.T) {}
func TestResult(t *x.T) int { return 0 }
func TestTwo(t, u *x.T) {}
func TestValue(t x.T) {}
func Test_under(t *x.T) {}
func Testé(t *x.T) {}
func TestÉ(t *x.T) {}
func (s suite) TestMethod(t *x.T) {}
func TestGeneric[T any](t *x.T) {}
func BenchmarkA(b *x.B) {}
func FuzzA(f *x.F) {}
func ExampleSecond() {
	// Output: a
}
func Example() {
	// Unordered output:
	// a
}
func ExampleNone() {}
func ExampleEmpty() {
	// Output:
}

type suite struct{}
`)
	broken := write(t, dir, "broken_test.go", "package a\nfunc TestBroken(")
	b := write(t, dir, "b_test.go", "package a_test\nimport . \"testing\"\nfunc TestA(t *T) {}\n")
	var names []string
	for _, f := range golist.Tests([]string{a, broken, b, filepath.Join(dir, "gone_test.go")}) {
		names = append(names, f.Name)
		if f.Name == "TestA" && (f.File != b || f.Line != 3) {
			t.Errorf("TestA is at %s:%d", f.File, f.Line)
		}
	}
	want := []string{"TestB", "Test", "Test_under", "TestÉ", "TestA", "FuzzA", "ExampleSecond", "Example", "ExampleEmpty"}
	if !slices.Equal(names, want) {
		t.Errorf("got  %v\nwant %v", names, want)
	}
}
