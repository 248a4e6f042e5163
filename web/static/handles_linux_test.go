// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// openBelow returns how many descriptors of this process are of files in dir.
func openBelow(t *testing.T, dir string) (n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(name, dir+"/") {
			n++
		}
	}
	return n
}

// A file stays open, and whatever happens to it or to its name is seen at once.
func TestHandlesSeeEveryChange(t *testing.T) {
	dir, err := filepath.EvalSymlinks(tree(t, map[string]string{"f.txt": "one", "other": "renamed", "big.txt": strings.Repeat("b", 1<<20+1)}))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "f.txt")
	for _, files := range []int{0, -1} {
		os.WriteFile(name, []byte("one"), 0o644)
		os.WriteFile(filepath.Join(dir, "other"), []byte("renamed"), 0o644)
		f, err := static.Dir(dir, static.Config{OpenFiles: files})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := web.NewSite(f, web.Config{}).BuildProtocol(nil)
		tr := protocoltest.NewStringTransport()
		tr.Connect(p)
		get := func(path string) string {
			tr.Clear()
			tr.FeedString("GET /" + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
			tr.Clock.Advance(0)
			return tr.Value()
		}
		for _, step := range []struct {
			change func() error
			want   string
		}{
			{func() error { return nil }, "one"},
			{func() error { return nil }, "one"},
			{func() error { return os.WriteFile(name, []byte("in place"), 0o644) }, "in place"},
			{func() error { return os.WriteFile(name, []byte("en place"), 0o644) }, "en place"},
			{func() error { return os.Rename(filepath.Join(dir, "other"), name) }, "renamed"},
			{func() error { return os.Truncate(name, 3) }, "ren"},
			{func() error { return os.Remove(name) }, "404"},
			{func() error { return os.WriteFile(name, []byte("again"), 0o644) }, "again"},
			{func() error { return os.Remove(name) }, "404"},
			{func() error { return os.Mkdir(name, 0o755) }, "301"},
			{func() error { return os.Remove(name) }, "404"},
		} {
			if err := step.change(); err != nil {
				t.Fatal(err)
			}
			got := get("f.txt")
			if len(step.want) == 3 && step.want[0] != 'o' && step.want[0] != 'r' {
				if !strings.HasPrefix(got, "HTTP/1.1 "+step.want) {
					t.Errorf("got %q, want %s", got, step.want)
				}
			} else if body(got) != step.want {
				t.Errorf("got %q, want %q", got, step.want)
			}
		}
		os.WriteFile(name, []byte("one"), 0o644)
		get("f.txt")
		if n := openBelow(t, dir); n != files+1 {
			t.Errorf("OpenFiles %d: %d files are open", files, n)
		}
		get("big.txt") // too large to be kept
		for range 60 {
			tr.Clock.Advance(0)
			tr.Clock.Settle()
		}
		if n := openBelow(t, dir); n != files+1 {
			t.Errorf("OpenFiles %d: %d files are open after a large one", files, n)
		}
		f.Close()
		if n := openBelow(t, dir); n != 0 {
			t.Errorf("%d files are open after Close", n)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}
