// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

func TestOpenFiles(t *testing.T) {
	dir := tree(t, map[string]string{"f.txt": "old", "d/index.html": "index", "a/b.txt": "inside"})
	opens := 0
	files, err := static.Dir(dir, static.Config{OpenFiles: 10, Revalidate: 10 * time.Second, Open: func(fsys fs.FS, name string) (fs.File, error) {
		opens++
		return fsys.Open(name)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	p, _ := web.NewSite(files, web.Config{}).BuildProtocol(nil)
	tr := protocoltest.NewStringTransport()
	tr.Connect(p)
	get := func(target string) string {
		tr.Clear()
		tr.FeedString("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n")
		tr.Clock.Advance(0)
		return tr.Value()
	}
	for range 3 {
		for target, want := range map[string]string{"/f.txt": "old", "/d/": "index", "/a/b.txt": "inside"} {
			if got := get(target); body(got) != want {
				t.Errorf("%s: got %q", target, got)
			}
		}
	}
	if opens != 3 {
		t.Errorf("%d files were opened, want 3", opens)
	}
	// Class 15: what is remembered answers for no other path.
	for _, target := range []string{"/a%2fb.txt", "/a/b.txt/", "/a//b.txt", "/./a/b.txt", "/f.txt%00", "/f.txt%00,"} {
		if got := get(target); status(got) != "404" {
			t.Errorf("%s: got %q", target, got)
		}
	}
	next := filepath.Join(dir, "next")
	if err := os.WriteFile(next, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(dir, "f.txt")); err != nil {
		t.Skip(err) // of an open file, on Windows
	}
	tr.Clock.Advance(9 * time.Second)
	if got := get("/f.txt"); body(got) != "old" {
		t.Errorf("within the time: got %q", got)
	}
	tr.Clock.Advance(2 * time.Second)
	if got := get("/f.txt"); body(got) != "new" {
		t.Errorf("after the time: got %q", got)
	}
	if err := os.Remove(filepath.Join(dir, "f.txt")); err != nil {
		t.Fatal(err)
	}
	tr.Clock.Advance(11 * time.Second)
	if got := get("/f.txt"); status(got) != "404" {
		t.Errorf("removed: got %q", got)
	}
}

// What is open is bounded, and closed when both the cache and the requests are done with it.
func TestOpenFilesAreBounded(t *testing.T) {
	open := 0
	fsys := fstest.MapFS{}
	for i := range 20 {
		fsys[fmt.Sprint(i)] = &fstest.MapFile{Data: make([]byte, 200000), ModTime: modified}
	}
	files := static.FS(counting{fsys, &open}, static.Config{OpenFiles: 5, DefaultType: "x/y"})
	s := web.NewSite(files, web.Config{})
	slow := protocoltest.NewStringTransport()
	p, _ := s.BuildProtocol(nil)
	slow.Connect(p)
	slow.Stalled = true
	slow.FeedString("GET /0 HTTP/1.1\r\nHost: a\r\n\r\n")
	for i := range 20 {
		if got := ask(t, s, "GET", fmt.Sprint("/", i)); len(body(got)) != 200000 {
			t.Errorf("%d: %d bytes", i, len(body(got)))
		}
		ask(t, s, "HEAD", fmt.Sprint("/", i))
		ask(t, s, "GET", fmt.Sprint("/", i), "If-None-Match: *")
		ask(t, s, "GET", fmt.Sprint("/", i), "Range: bytes=999999-")
		if open > 6 {
			t.Fatalf("%d files are open", open)
		}
	}
	if open != 6 {
		t.Errorf("%d files are open, want 5 and the one that is being sent", open)
	}
	slow.Lose(protocol.Aborted())
	if open != 5 {
		t.Errorf("%d files are open, want 5", open)
	}
	files.Close()
	if open != 0 {
		t.Errorf("%d files stay open", open)
	}
}
