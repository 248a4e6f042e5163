// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// Class 15: with NoSymlinks no link is followed, be it the file, a directory on the way, or an index.
func TestNoSymlinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	dir := tree(t, map[string]string{"real/f.txt": "real", "real/index.html": "index", "d/x": ""})
	for name, target := range map[string]string{"link.txt": "real/f.txt", "dir": "real", "d/index.html": "../real/index.html", "real/again.txt": "f.txt"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	follow, plain := site(t, dir, static.Config{Listing: true}), site(t, dir, static.Config{Listing: true, NoSymlinks: true})
	for target, want := range map[string]string{"/link.txt": "real", "/dir/f.txt": "real", "/dir/": "index", "/real/again.txt": "real", "/d/": "index"} {
		if got := ask(t, follow, "GET", target); body(got) != want {
			t.Errorf("%s with links: got %q", target, got)
		}
		if got := ask(t, plain, "GET", target); body(got) == want || target != "/d/" && status(got) != "404" {
			t.Errorf("%s without links: got %q", target, got)
		}
	}
	if got := ask(t, plain, "GET", "/real/f.txt"); body(got) != "real" {
		t.Errorf("got %q", got)
	}
	if got := ask(t, plain, "GET", "/"); strings.Contains(got, "link.txt") || !strings.Contains(got, "real/") {
		t.Errorf("the listing: %q", body(got))
	}
	defer func() {
		if recover() == nil {
			t.Error("FS takes NoSymlinks")
		}
	}()
	static.FS(fstest.MapFS{}, static.Config{NoSymlinks: true})
}

func TestRedirectAndExtensions(t *testing.T) {
	dir := tree(t, map[string]string{"d/x": "", "page.txt": "page", "page.html": "html", "two.tar.gz": "no", "e/deep.md": "md"})
	s := site(t, dir, static.Config{Redirect: 308, Extensions: []string{".html", "*"}})
	if got := ask(t, s, "GET", "/d?x=1&y=//z"); status(got) != "308" || header(got, "Location") != "/d/?x=1&y=//z" {
		t.Errorf("got %q", got)
	}
	for target, want := range map[string]string{"/page": "html", "/e/deep": "md"} {
		if got := ask(t, s, "GET", target); body(got) != want {
			t.Errorf("%s: got %q", target, got)
		}
	}
	for _, target := range []string{"/two", "/pag", "/page/", "/."} {
		if got := ask(t, s, "GET", target); status(got) != "404" {
			t.Errorf("%s: got %q", target, got)
		}
	}
}

func TestCachePolicies(t *testing.T) {
	dir := tree(t, map[string]string{"app.js": "x", "page.html": "y", "a.txt": "z"})
	s := site(t, dir, static.Config{CacheControl: static.MaxAge(time.Hour, false), WeakETags: true, CacheControlFor: func(name, ctype string) string {
		switch {
		case name == "app.js":
			return static.MaxAge(365*24*time.Hour, true)
		case strings.HasPrefix(ctype, "text/html"):
			return "no-cache"
		}
		return ""
	}})
	for target, want := range map[string]string{"/app.js": "public, max-age=31536000, immutable", "/page.html": "no-cache", "/a.txt": "public, max-age=3600"} {
		got := ask(t, s, "GET", target)
		if header(got, "Cache-Control") != want || !strings.HasPrefix(header(got, "ETag"), `W/"`) {
			t.Errorf("%s: got %q", target, got)
		}
		tag := header(got, "ETag")
		if again := ask(t, s, "GET", target, "If-None-Match: "+tag); status(again) != "304" || header(again, "Cache-Control") != "" && header(again, "Cache-Control") != want {
			t.Errorf("%s: got %q", target, again)
		}
		if part := ask(t, s, "GET", target, "Range: bytes=0-0", "If-Range: "+tag); status(part) != "200" {
			t.Errorf("%s: a weak tag is no condition for a range: got %q", target, part)
		}
	}
}

func TestPrecompressedByWeight(t *testing.T) {
	dir := tree(t, map[string]string{"a.js": "plain", "a.js.gz": "gz", "a.js.br": "br", "a.js.zst": "zst"})
	s := site(t, dir, static.Config{Precompressed: true})
	tags := map[string]bool{}
	for accept, want := range map[string]string{
		"gzip, br, zstd": "br", "gzip;q=1, br;q=0.9": "gz", "zstd, br;q=0.5": "zst", "*": "br", "br;q=0, *": "zst", "identity, br;q=0.5": "plain", "gzip;q=0": "plain", "x-gzip": "gz",
	} {
		got := ask(t, s, "GET", "/a.js", "Accept-Encoding: "+accept)
		if body(got) != want || header(got, "Vary") != "Accept-Encoding" {
			t.Errorf("%q: got %q", accept, got)
		}
		tags[header(got, "ETag")] = true
	}
	if len(tags) != 4 {
		t.Errorf("the variants share tags: %v", tags)
	}
	if got := ask(t, s, "GET", "/a.js", "Accept-Encoding: br", "Range: bytes=1-"); status(got) != "206" || body(got) != "r" || header(got, "Content-Encoding") != "br" {
		t.Errorf("a part of a variant: got %q", got)
	}
}

func TestProcessors(t *testing.T) {
	dir := tree(t, map[string]string{"run.cgi": "secret source", "d/index.cgi": "", "plain.txt": "text", "none.nil": "x"})
	s := site(t, dir, static.Config{Index: []string{"index.cgi"}, Processors: map[string]func(string) web.Resource{
		".cgi": func(path string) web.Resource {
			return web.LeafFunc(func(r *web.Request) {
				io.WriteString(r, r.Method+" "+filepath.Base(path)+" "+strings.Join(r.PrePath, ",")+" "+strings.Join(r.PostPath, ","))
				if !filepath.IsAbs(path) {
					t.Errorf("%s is not absolute", path)
				}
			})
		},
		".nil": func(string) web.Resource { return nil },
	}})
	for target, want := range map[string]string{
		"/run.cgi": "POST run.cgi run.cgi ", "/run.cgi/extra/path": "POST run.cgi run.cgi extra,path", "/run.cgi/": "POST run.cgi run.cgi ", "/d/": "POST index.cgi d, ",
		"/run.cgi/..%2f": "POST run.cgi run.cgi ../",
	} {
		if got := ask(t, s, "POST", target, "Content-Length: 0"); body(got) != want {
			t.Errorf("%s: got %q, want %q", target, body(got), want)
		}
	}
	if got := ask(t, s, "GET", "/plain.txt"); body(got) != "text" {
		t.Errorf("got %q", got)
	}
	for target, want := range map[string]string{"/plain.txt": "405", "/none.nil": "404", "/nothing": "404", "/plain.txt/x": "404"} {
		if got := ask(t, s, "POST", target, "Content-Length: 0"); status(got) != want {
			t.Errorf("%s: got %q, want %s", target, got, want)
		}
	}
}

func TestAsIs(t *testing.T) {
	large := strings.Repeat("0123456789", 20000)
	dir := tree(t, map[string]string{
		"a.asis": "Status: 410 Gone\r\nContent-Type: text/x-own\r\nX-Own: a\r\nX-Own: b\r\nContent-Length: 99\r\n\r\ngone", "b.asis": "HTTP/1.0 302 Found\nLocation: /elsewhere\n\n",
		"c.asis": "\nonly a body", "large.asis": "X: y\n\n" + large, "bad.asis": "no header at all\n\nbody", "cut.asis": "X: y\n", "code.asis": "Status: 99\n\n", "split.asis": "X: a\rY: b\n\n", "empty.asis": "",
		"same.asis": "Status: 304\n\nnot to be sent",
	})
	s := site(t, dir, static.Config{AsIs: []string{".asis"}})
	for target, want := range map[string]struct{ status, header, value, body string }{
		"/a.asis": {"410", "Content-Type", "text/x-own", "gone"}, "/b.asis": {"302", "Location", "/elsewhere", ""}, "/c.asis": {"200", "Content-Length", "11", "only a body"},
		"/large.asis": {"200", "X", "y", large}, "/same.asis": {"304", "X", "", ""},
	} {
		got := ask(t, s, "GET", target)
		if status(got) != want.status || header(got, want.header) != want.value || body(got) != want.body {
			t.Errorf("%s: got %.300q", target, got)
		}
		if head := ask(t, s, "HEAD", target); head != got[:len(got)-len(want.body)] {
			t.Errorf("%s: HEAD: got %q", target, head)
		}
	}
	for _, target := range []string{"/bad.asis", "/cut.asis", "/code.asis", "/split.asis", "/empty.asis"} { // class 8 among them
		if got := ask(t, s, "GET", target); status(got) != "500" || strings.Contains(got, "\rY") {
			t.Errorf("%s: got %q", target, got)
		}
	}
}

func TestHooks(t *testing.T) {
	say := func(s string) web.Resource { return web.Func(func(r *web.Request) { io.WriteString(r, s) }) }
	dir := tree(t, map[string]string{"d/x": "", "f.txt": "uvf ebg13"})
	s := site(t, dir, static.Config{NotFound: say("own 404"), Forbidden: say("own 403"), Open: func(fsys fs.FS, name string) (fs.File, error) {
		if name == "d/x" {
			return nil, errors.Join(errors.New("locked"), fs.ErrPermission)
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		return fstest.MapFS{"x": {Data: []byte(strings.ToUpper(string(data)))}}.Open("x")
	}})
	for target, want := range map[string][2]string{"/f.txt": {"200", "UVF EBG13"}, "/a/b/c": {"404", "own 404"}, "/d/": {"403", "own 403"}, "/d/x": {"403", "own 403"}} {
		if got := ask(t, s, "GET", target); status(got) != want[0] || body(got) != want[1] {
			t.Errorf("%s: got %q", target, got)
		}
	}
}

func TestListingSortsAndSpeaksJSON(t *testing.T) {
	dir := tree(t, map[string]string{"sub/b.txt": "12345", "sub/A.txt": "1", "sub/c.tar.gz": "123", "sub/dir/x": "", "sub/evil\u202etxt.exe": "12"})
	later := modified.Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "sub/b.txt"), later, later); err != nil {
		t.Fatal(err)
	}
	s := site(t, dir, static.Config{Listing: true})
	for query, want := range map[string]string{
		"": "dir A.txt b.txt c.tar.gz evil\u202etxt.exe", "?order=desc": "dir evil\u202etxt.exe c.tar.gz b.txt A.txt", "?sort=size": "dir A.txt evil\u202etxt.exe c.tar.gz b.txt",
		"?sort=size&order=desc": "dir b.txt c.tar.gz evil\u202etxt.exe A.txt", "?sort=date&order=desc": "dir b.txt A.txt c.tar.gz evil\u202etxt.exe", "?sort=%3Cx%3E&order=up": "dir A.txt b.txt c.tar.gz evil\u202etxt.exe",
	} {
		got := ask(t, s, "GET", "/sub/"+query, "Accept: application/json")
		var l static.Listing
		if err := json.Unmarshal([]byte(body(got)), &l); err != nil || header(got, "Content-Type") != "application/json" || header(got, "Vary") != "Accept" {
			t.Fatalf("%v in %q", err, got)
		}
		var names []string
		for _, e := range l.Entries {
			names = append(names, e.Name)
			if e.Name == "c.tar.gz" && (e.Size != 3 || e.Type != "application/x-tar" || e.Encoding != "gzip" || !e.Modified.Equal(modified) || e.Dir) {
				t.Errorf("got %+v", e)
			}
		}
		if strings.Join(names, " ") != want || l.Path[0] != "sub" {
			t.Errorf("%q: got %q", query, names)
		}
		page := body(ask(t, s, "GET", "/sub/"+query, "Accept: text/html,application/xhtml+xml,*/*;q=0.8"))
		if i, j := strings.Index(page, "./A.txt"), strings.Index(page, "./b.txt"); !strings.HasPrefix(page, "<!DOCTYPE html>") || (i < j) != (strings.Index(want, "A.txt") < strings.Index(want, "b.txt")) {
			t.Errorf("%q: %s", query, page)
		}
		if strings.ContainsRune(page, '\u202e') || strings.Contains(page, "<x>") {
			t.Errorf("%q: the page shows a name as it is", query)
		}
	}
	if page := body(ask(t, s, "GET", "/sub/?sort=size")); !strings.Contains(page, `href="./dir/?sort=size&amp;order=asc"`) || !strings.Contains(page, `aria-sort="ascending"><a href="?sort=size&amp;order=desc"`) {
		t.Errorf("the links lose the order: %s", page)
	}
	s = site(t, dir, static.Config{Listing: true, ListingPage: func(l *static.Listing) ([]byte, error) { return []byte(l.Entries[0].Name), nil }})
	if got := ask(t, s, "GET", "/sub/"); body(got) != "dir" || header(got, "Content-Security-Policy") != "" {
		t.Errorf("an own page: got %q", got)
	}
}

// badReader is a file that can be opened and panics when it is read for the nth time.
type badReader struct {
	readerAtFile
	n *int
}

func (b badReader) ReadAt(p []byte, off int64) (int, error) {
	if *b.n--; *b.n < 0 {
		panic("ReadAt")
	}
	return b.readerAtFile.ReadAt(p, off)
}

// A panic in a file's ReadAt ends the request and the connection, with the file closed, rather than leave the client waiting.
func TestPanicInReadAt(t *testing.T) {
	for name, size := range map[string]int{"small": 100, "large": 200000} {
		for _, threads := range []bool{false, true} {
			for reads := range 3 {
				n, open := reads, 0
				fsys := counting{fstest.MapFS{"f.bin": {Data: make([]byte, size)}}, &open}
				s := web.NewSite(static.FS(fsys, static.Config{Open: func(fsys fs.FS, name string) (fs.File, error) {
					f, err := fsys.Open(name)
					return badReader{f.(readerAtFile), &n}, err
				}}), web.Config{Logger: slog.New(slog.DiscardHandler)})
				tr := ride(s, threads)
				tr.FeedString("GET /f.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
				err := tr.Clock.Until(t.Context(), func() bool { clockAdvance(tr.Clock); return tr.Disconnecting() && open == 0 })
				if err != nil {
					t.Fatalf("%s, threads %v, %d reads: %v", name, threads, reads, err)
				}
				if whole := len(body(tr.Value())) == size; whole != (size <= 65536 && reads > 0) {
					t.Errorf("%s, threads %v, %d reads: got %d bytes", name, threads, reads, len(tr.Value()))
				}
			}
		}
	}
}

// ride connects a client to s over a loop with or without threads.
func ride(s *web.Site, threads bool) *protocoltest.StringTransport {
	p, _ := s.BuildProtocol(nil)
	tr := protocoltest.NewStringTransport()
	if !threads {
		tr.Connect(p)
		return tr
	}
	tr.Connect(wrap{p, &transport{tr, threaded{tr.Clock}}})
	return tr
}

// panicking is a file system in which Stat panics.
type panicking struct{ fs.FS }

func (panicking) Stat(string) (fs.FileInfo, error) { panic("Stat") }

// With Threads the loop touches no file, and a client that leaves meanwhile leaves nothing open.
func TestLookupsInThreads(t *testing.T) {
	dir := tree(t, map[string]string{"f.txt": "text", "d/index.html": "index", "page.html": "page"})
	files, err := static.Dir(dir, static.Config{Threads: true, Extensions: []string{".html"}})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	s := web.NewSite(files, web.Config{Logger: slog.New(slog.DiscardHandler)})
	for target, want := range map[string]string{"/f.txt": "text", "/d/": "index", "/page": "page", "/d": "301", "/none": "404"} {
		tr := ride(s, true)
		tr.FeedString("GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if v := tr.Value(); v != "" {
			t.Errorf("%s: answered on the loop: %q", target, v)
		}
		if err := tr.Clock.Until(t.Context(), func() bool { clockAdvance(tr.Clock); return tr.Disconnecting() }); err != nil {
			t.Fatal(err)
		}
		if got := tr.Value(); body(got) != want && status(got) != want {
			t.Errorf("%s: got %q", target, got)
		}
	}
	for name, fsys := range map[string]fs.FS{"panic": panicking{fstest.MapFS{}}} {
		tr := ride(web.NewSite(static.FS(fsys, static.Config{Threads: true}), web.Config{Logger: slog.New(slog.DiscardHandler)}), true)
		tr.FeedString("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if err := tr.Clock.Until(t.Context(), func() bool { clockAdvance(tr.Clock); return tr.Disconnecting() }); err != nil || status(tr.Value()) != "500" {
			t.Errorf("%s: %v, got %q", name, err, tr.Value())
		}
	}
}
