// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// Sources and the like are shown, whatever the system's tables say; what a name does not tell is looked up in the file, but is never taken for HTML.
func TestTypesOfTexts(t *testing.T) {
	const text, binary = "text/plain; charset=utf-8", "application/octet-stream"
	long := strings.Repeat("x", 511)
	tests := []struct{ name, content, ctype string }{
		{"main.go", "package main", text},
		{"go.mod", "module x", text},
		{"go.sum", "x", text},
		{"Cargo.TOML", "x", text},
		{"c.yaml", "x: 1", text},
		{"lib.rs", "x", text},
		{"a.log", "x", text},
		{"README.md", "# x", "text/markdown; charset=utf-8"},
		{"LICENSE", "MIT License\r\n\f\tCopyright \u00a9", text},
		{"dir/Makefile", "all:\n\techo", text},
		{"empty", "", text},
		{"page", "<!DOCTYPE html><script>alert(1)</script>", text},
		{"cut", long + "\u00e4 and so on", text},
		{"latin1", "caf\xe9 au lait", binary},
		{"incomplete", "caf\xc3", binary},
		{"long-latin1", long + "\xe4 and so on", text}, // may be the first byte of three
		{"program", "\x7fELF\x02\x01\x01", binary},
		{"zero", "text\x00text", binary},
		{"escape", "\x1b[31mred", binary},
		{"a.unknown", "text", binary},
		{"packed.gz", "text", binary},
	}
	files := map[string]string{}
	for _, tt := range tests {
		files[tt.name] = tt.content
	}
	dir := tree(t, files)
	s := site(t, dir, static.Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, s, "GET", "/"+tt.name)
			if header(got, "Content-Type") != tt.ctype || body(got) != tt.content || header(got, "X-Content-Type-Options") != "nosniff" {
				t.Errorf("got %q, want %s", got, tt.ctype)
			}
			if head := ask(t, s, "HEAD", "/"+tt.name); header(head, "Content-Type") != tt.ctype {
				t.Errorf("HEAD: got %q", head)
			}
		})
	}
	s = site(t, dir, static.Config{DefaultType: "x/default", Types: map[string]string{".go": "x/go"}})
	for name, want := range map[string]string{"LICENSE": "x/default", "a.unknown": "x/default", "main.go": "x/go"} {
		if got := ask(t, s, "GET", "/"+name); header(got, "Content-Type") != want {
			t.Errorf("%s: got %q, want %s", name, got, want)
		}
	}
	s = web.NewSite(static.FS(onlyRead{fstest.MapFS{"LICENSE": {Data: []byte("MIT")}}}, static.Config{}), web.Config{})
	if got := ask(t, s, "GET", "/LICENSE"); header(got, "Content-Type") != binary || body(got) != "MIT" {
		t.Errorf("a file that is read once: got %q", got)
	}
}

// failing is a file system in which nothing can be opened.
type failing struct{ err error }

func (f failing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
}

// A file that cannot be read now is not reported as one that does not exist: caches may keep a 404.
func TestFailuresOfTheFileSystem(t *testing.T) {
	for err, want := range map[error]string{
		fs.ErrNotExist: "404", syscall.ENOTDIR: "404", syscall.ENAMETOOLONG: "404", fs.ErrInvalid: "404",
		fs.ErrPermission: "403", syscall.EACCES: "403",
		syscall.EMFILE: "503", syscall.ENFILE: "503", syscall.ENOMEM: "503", syscall.EIO: "500",
	} {
		s := web.NewSite(static.FS(failing{err}, static.Config{Listing: true}), web.Config{})
		for _, target := range []string{"/f.txt", "/d/"} {
			if got := ask(t, s, "GET", target); status(got) != want {
				t.Errorf("%v, %s: got %q, want %s", err, target, got, want)
			}
		}
	}
}
