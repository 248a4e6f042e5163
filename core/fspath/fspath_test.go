// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fspath_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torsion-go/torsion/core/fspath"
)

func dir(t *testing.T) fspath.Path {
	t.Helper()
	p, err := fspath.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if p, err = p.RealPath(); err != nil {
		t.Fatal(err)
	}
	return p
}

func child(t *testing.T, p fspath.Path, names ...string) fspath.Path {
	t.Helper()
	c, err := p.Descendant(names...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tree makes files, and the directories that they need, each with its own name in it.
func tree(t *testing.T, p fspath.Path, files ...string) {
	t.Helper()
	for _, name := range files {
		f := child(t, p, strings.Split(name, "/")...)
		if err := f.Parent().MakeDirs(0o755); err != nil {
			t.Fatal(err)
		}
		if err := f.SetContent([]byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func content(t *testing.T, n fspath.Node) string {
	t.Helper()
	b, err := n.Content()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNames(t *testing.T) {
	p := dir(t)
	inFS := fspath.In(fstest.MapFS{})
	for _, name := range []string{"", ".", "..", "/", "a/b", "../a", "a/", "/etc", "a/..", "a\x00b"} {
		var bad *fspath.InsecureError
		if c, err := p.Child(name); !errors.As(err, &bad) || bad.Name != name || c.IsValid() {
			t.Errorf("the child %q: %v, %v", name, c, err)
		}
		if c, err := p.Sibling(name); err == nil {
			t.Errorf("the sibling %q: %v", name, c)
		}
		if name != "a\x00b" { // which is a name in an fs.FS, for all that package fs says
			if c, err := inFS.Child(name); err == nil {
				t.Errorf("the child %q in a file system: %v", name, c)
			}
		}
	}
	for name, want := range map[string]string{"a": "a", "...": "...", "a b": "a b", "..a": "..a"} {
		c, err := p.Child(name)
		if err != nil || c.Base() != want || c.Parent() != p {
			t.Errorf("the child %q: %v, %v", name, c, err)
		}
	}
	for name, want := range map[string]string{"": "", ".": "", "a/b": "a/b", "a/../b": "b", "a/./b/": "a/b", "..": "!", "a/../..": "!", "/a": "!", "a/../../" + p.Base(): "!", "\x00": "!"} {
		c, err := p.PreauthChild(name)
		switch {
		case want == "!":
			if err == nil {
				t.Errorf("%q leads to %v", name, c)
			}
		case err != nil || c.String() != filepath.Join(p.String(), want):
			t.Errorf("%q leads to %v, %v", name, c, err)
		}
	}
	if _, err := fspath.New("a\x00b"); err == nil {
		t.Error("a path with a NUL")
	}
	if (fspath.Path{}).IsValid() {
		t.Error("the zero Path is valid")
	}
}

func TestParts(t *testing.T) {
	p, err := fspath.New("/a/b.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	var up []string
	for a := range p.Parents() {
		up = append(up, filepath.ToSlash(strings.TrimPrefix(a.String(), filepath.VolumeName(a.String()))))
	}
	if !slices.Equal(up, []string{"/a", "/"}) {
		t.Errorf("parents %q", up)
	}
	if stem, ext := p.SplitExt(); ext != ".gz" || !strings.HasSuffix(stem, "b.tar") {
		t.Errorf("got %q, %q", stem, ext)
	}
	if stem, ext := child(t, p, ".profile").SplitExt(); ext != "" || !strings.HasSuffix(stem, ".profile") {
		t.Errorf("got %q, %q", stem, ext)
	}
	if s, err := p.SiblingExtension(".asc"); err != nil || s.Base() != "b.tar.gz.asc" || s.Parent() != p.Parent() {
		t.Errorf("got %v, %v", s, err)
	}
	if names, err := child(t, p, "x", "y").SegmentsFrom(p); err != nil || !slices.Equal(names, []string{"x", "y"}) {
		t.Errorf("got %q, %v", names, err)
	}
	if names, err := p.SegmentsFrom(p); err != nil || len(names) > 0 {
		t.Errorf("got %q, %v", names, err)
	}
	if names, err := p.Parent().SegmentsFrom(p); err == nil {
		t.Errorf("got %q", names)
	}
}

func TestLooking(t *testing.T) {
	p := dir(t)
	tree(t, p, "d/one.html", "d/two.txt", "d/e/three", "top")
	d, top := child(t, p, "d"), child(t, p, "top")
	if !d.IsDir() || d.IsFile() || !top.IsFile() || top.IsDir() || child(t, p, "none").Exists() {
		t.Error("what is what")
	}
	if got, err := d.Glob("*.*"); err != nil || len(got) != 2 || got[0].Base() != "one.html" {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := d.Glob("["); err == nil {
		t.Errorf("got %v", got)
	}
	if s, ok := child(t, d, "two").SiblingExtensionSearch(".html", ".txt"); !ok || s.Base() != "two.txt" {
		t.Errorf("got %v, %v", s, ok)
	}
	if s, ok := child(t, d, "one").SiblingExtensionSearch(".*"); !ok || s.Base() != "one.html" {
		t.Errorf("got %v, %v", s, ok)
	}
	if s, ok := child(t, d, "nine").SiblingExtensionSearch("", ".*"); ok {
		t.Errorf("got %v", s)
	}
	if _, err := top.Children(); err == nil {
		t.Error("a file has children")
	}
}

func TestWalk(t *testing.T) {
	p := dir(t)
	tree(t, p, "d/e/file", "skipped/file")
	d := child(t, p, "d")
	for link, target := range map[string]fspath.Path{"again": child(t, d, "e"), "loop": p, "nowhere": child(t, p, "none")} {
		if err := target.LinkTo(child(t, d, link)); err != nil {
			t.Skip(err) // a system without links
		}
		if !child(t, d, link).IsLink() {
			t.Skip("wine 8 makes no link and reports success")
		}
	}
	var got []string
	for at, err := range p.Walk(func(d fspath.Path) bool { return d.Base() != "skipped" }) {
		names, _ := at.SegmentsFrom(p)
		name := strings.Join(names, "/")
		var loop *fspath.LinkError
		if errors.As(err, &loop) {
			name += " loops"
		} else if err != nil {
			t.Error(err)
		}
		got = append(got, name)
	}
	if want := []string{"", "d", "d/again", "d/again/file", "d/e", "d/e/file", "d/loop loops", "d/nowhere", "skipped"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for range p.Walk(nil) {
		break
	}
}

func TestSetContent(t *testing.T) {
	p := dir(t)
	f := child(t, p, "f")
	for _, text := range []string{"one", "", "three"} {
		if err := f.SetContent([]byte(text), 0o600); err != nil || content(t, f) != text {
			t.Errorf("%q: %v, %v", text, content(t, f), err)
		}
		if err := f.Chmod(0o640); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := f.Stat(); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	// What fails leaves the file and nothing beside it.
	if err := child(t, p, "d").MakeDirs(0o755); err != nil {
		t.Fatal(err)
	}
	tree(t, p, "d/f")
	if err := child(t, p, "d").SetContent([]byte("x"), 0o600); err == nil {
		t.Error("a directory got content")
	}
	if all, err := p.Children(); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := f.Create(0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating what exists: %v", err)
	}
	if err := child(t, p, "none", "f").SetContent(nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no directory: %v", err)
	}
}

func TestCopyMoveRemove(t *testing.T) {
	p := dir(t)
	tree(t, p, "from/a", "from/sub/b")
	from, to := child(t, p, "from"), child(t, p, "to")
	if err := child(t, from, "a").Chmod(0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time over the first
		if err := from.CopyTo(to); err != nil {
			t.Fatal(err)
		}
		if content(t, child(t, to, "sub", "b")) != "from/sub/b" {
			t.Error("the copy differs")
		}
	}
	if info, err := child(t, to, "a").Stat(); err != nil || runtime.GOOS != "windows" && info.Mode()&0o100 == 0 {
		t.Errorf("%v, %v: it was executable", info.Mode(), err)
	}
	if err := from.CopyTo(child(t, from, "sub", "c")); err == nil {
		t.Error("a directory was copied into itself")
	}
	if err := to.MoveTo(child(t, p, "moved")); err != nil || to.Exists() || content(t, child(t, p, "moved", "a")) != "from/a" {
		t.Errorf("moving: %v", err)
	}
	if err := from.Remove(); err != nil || from.Exists() {
		t.Errorf("removing: %v", err)
	}
	if err := from.Remove(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removing what is not there: %v", err)
	}
	when := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	f := child(t, p, "touched")
	if err := f.Touch(when); err != nil {
		t.Fatal(err)
	}
	if info, err := f.Stat(); err != nil || !info.ModTime().Equal(when) {
		t.Errorf("%v, %v", info.ModTime(), err)
	}
}

// TestMoveAcrossFileSystems needs a second one.
func TestMoveAcrossFileSystems(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("nobody knows where another file system is")
	}
	const shm = "/dev/shm"
	name, err := os.MkdirTemp(shm, "fspath")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(name)
	other, err := fspath.New(name)
	if err != nil {
		t.Fatal(err)
	}
	p := dir(t)
	tree(t, p, "d/e/f")
	if err := child(t, p, "d").LinkTo(child(t, p, "link")); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"d", "link"} {
		if err := child(t, p, what).MoveTo(child(t, other, what)); err != nil {
			t.Fatal(err)
		}
	}
	if content(t, child(t, other, "d", "e", "f")) != "d/e/f" || !child(t, other, "link").IsLink() {
		t.Error("what arrived differs")
	}
	if left, err := p.Children(); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestZip(t *testing.T) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range []string{"d/a.txt", "d/e/b.txt", "../escape"} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, name)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		t.Fatal(err)
	}
	root := fspath.In(r)
	all, err := root.Children()
	if err != nil || len(all) != 2 || all[0].String() != "d" || !all[0].IsDir() || all[1].String() != "escape" { // it did not
		t.Fatalf("got %v, %v", all, err)
	}
	a, err := all[0].Child("a.txt")
	if err != nil || !a.IsFile() || content(t, a) != "d/a.txt" || a.Parent() != all[0] || a.Parent().Parent() != root {
		t.Errorf("got %v, %v", a, err)
	}
	if none, err := root.Child("none"); err != nil || none.Exists() {
		t.Errorf("got %v, %v", none, err)
	}
	if _, err := root.Child(".."); err == nil {
		t.Error("the parent is a child")
	}
}

func ExamplePath_Child() {
	home, err := fspath.New("/srv/ftp/alice")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = home.Child("../bob")
	what, _, _ := strings.Cut(err.Error(), " of ") // the folder's full name
	fmt.Println(what)
	// Output: fspath: the name "../bob" leads out
}

func FuzzPreauthChild(f *testing.F) {
	f.Add("a/../b")
	f.Fuzz(func(t *testing.T, name string) {
		base, err := fspath.New("/base/dir")
		if err != nil {
			t.Fatal(err)
		}
		if c, err := base.PreauthChild(name); err == nil {
			if _, err := c.SegmentsFrom(base); err != nil {
				t.Errorf("%q led to %v", name, c)
			}
		}
		if c, err := base.Child(name); err == nil && c.Parent() != base {
			t.Errorf("%q made the child %v", name, c)
		}
	})
}
