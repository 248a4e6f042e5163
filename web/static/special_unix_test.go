// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package static_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/web/static"
)

// A pipe that nobody writes to would hold whoever opens it up for ever.
func TestSpecialFilesAreNotServed(t *testing.T) {
	dir := tree(t, map[string]string{"f.txt": "text", "d/x": ""})
	for _, name := range []string{"pipe", "d/index.html"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir) // the path of a socket may not be long
	l, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := site(t, dir, static.Config{Listing: true, Precompressed: true})
	for _, target := range []string{"/pipe", "/socket", "/d/index.html", "/pipe/"} {
		if got := ask(t, s, "GET", target); status(got) != "404" {
			t.Errorf("%s: got %q", target, got)
		}
	}
	for target, hidden := range map[string][]string{"/": {"pipe", "socket"}, "/d/": {"index.html"}} {
		got := ask(t, s, "GET", target)
		for _, name := range hidden {
			if status(got) != "200" || strings.Contains(got, name) {
				t.Errorf("the listing of %s: got %q", target, got)
			}
		}
	}
}

// Names that no path can name are not listed: their links would lead nowhere.
func TestListingLeavesOutWhatCannotBeReached(t *testing.T) {
	dir := tree(t, map[string]string{"fine.txt": ""})
	for _, name := range []string{`back\slash.txt`, "invalid\xff.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Skip(err) // on systems whose names are Unicode
		}
	}
	got := ask(t, site(t, dir, static.Config{Listing: true}), "GET", "/")
	if !strings.Contains(got, "fine.txt") || strings.Contains(got, "slash") || strings.Contains(got, "invalid") {
		t.Errorf("got %q", got)
	}
}

// A listing has a length, so that a connection of HTTP/1.0 persists behind it, too.
func TestListingHasALength(t *testing.T) {
	files := map[string]string{}
	for i := range 100 {
		files[strings.Repeat("n", i+1)] = ""
	}
	s := site(t, tree(t, files), static.Config{Listing: true})
	got, head := ask(t, s, "GET", "/"), ask(t, s, "HEAD", "/")
	if h, _, _ := strings.Cut(got, "\r\n\r\n"); header(got, "Content-Length") == "" || head != h+"\r\n\r\n" || len(body(got)) < 9000 {
		t.Errorf("got %.300q, and for HEAD %q", got, head)
	}
}
