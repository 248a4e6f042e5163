// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

var modified = time.Date(2024, time.May, 1, 12, 0, 0, 0, time.UTC)

// tree writes files, whose names may have directories in them, and returns the directory.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "root")
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func site(t testing.TB, dir string, config static.Config) *web.Site {
	t.Helper()
	files, err := static.Dir(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	return web.NewSite(files, web.Config{Logger: slog.New(slog.DiscardHandler)})
}

// ask sends one request and returns the response.
func ask(t testing.TB, s *web.Site, method, target string, header ...string) string {
	t.Helper()
	tr := protocoltest.NewStringTransport()
	p, _ := s.BuildProtocol(tr.Remote)
	tr.Connect(p)
	tr.FeedString(method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + strings.Join(append(header, ""), "\r\n") + "\r\n")
	for range 100 {
		tr.Clock.Advance(0)
		tr.Clock.Settle()
	}
	return tr.Value()
}

func status(response string) string { return response[len("HTTP/1.1 "):][:3] }

func body(response string) string {
	_, b, _ := strings.Cut(response, "\r\n\r\n")
	return b
}

func header(response, name string) string {
	head, _, _ := strings.Cut(response, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if k, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

func TestFilesAndTypes(t *testing.T) {
	s := site(t, tree(t, map[string]string{
		"a.txt": "text", "A.HTML": "html", "b.tar.gz": "tar", "c": "unknown\x00", "empty.css": "", "d e.json": "{}",
	}), static.Config{})
	tests := []struct{ target, ctype, encoding, body string }{
		{"/a.txt", "text/plain; charset=utf-8", "", "text"},
		{"/A.HTML", "text/html; charset=utf-8", "", "html"},
		{"/b.tar.gz", "application/x-tar", "gzip", "tar"},
		{"/c", "application/octet-stream", "", "unknown\x00"},
		{"/empty.css", "text/css; charset=utf-8", "", ""},
		{"/d%20e.json?x=y", "application/json", "", "{}"},
	}
	for _, tt := range tests {
		t.Run(tt.target, func(t *testing.T) {
			got := ask(t, s, "GET", tt.target)
			if status(got) != "200" || header(got, "Content-Type") != tt.ctype || header(got, "Content-Encoding") != tt.encoding || body(got) != tt.body ||
				header(got, "Content-Length") != fmt.Sprint(len(tt.body)) || header(got, "X-Content-Type-Options") != "nosniff" || header(got, "Accept-Ranges") != "bytes" {
				t.Errorf("got %q", got)
			}
			head := ask(t, s, "HEAD", tt.target)
			if want, _, _ := strings.Cut(got, "\r\n\r\n"); head != want+"\r\n\r\n" {
				t.Errorf("HEAD: got %q, want the header of GET", head)
			}
		})
	}
	if got := ask(t, s, "POST", "/a.txt"); status(got) != "405" || header(got, "Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("POST: got %q", got)
	}
}

// Class 15: no path leads out of the directory, or to what is no file.
func TestNothingElseCanBeReached(t *testing.T) {
	dir := tree(t, map[string]string{"a/b.txt": "inside", ".secret": "s", ".well-known/x": "known", "a/.git/config": "g", "link/target.txt": "linked"})
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "outside.txt"), []byte("outside"), 0o644); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		for name, target := range map[string]string{"out": "../outside.txt", "abs": "/etc/passwd", "up": "..", "in": "link/target.txt", "broken": "nowhere", "loop": "loop", "dev": "/dev/zero"} {
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := site(t, dir, static.Config{Listing: true})
	for _, target := range []string{
		"/../outside.txt", "/a/../../outside.txt", "/%2e%2e/outside.txt", "/%2e%2e%2foutside.txt", "/..%2foutside.txt", "/..%5coutside.txt", "/a%2fb.txt", "/a%5cb.txt",
		"/a/b.txt%00", "/a/b.txt/", "/a//b.txt", "//a/b.txt", "/./a/b.txt", "/a/%2e/b.txt", "/%ff", "/.secret", "/a/.git/config", "/missing", "/a/missing/x", "/a/b.txt/x",
		"/out", "/abs", "/up/outside.txt", "/up/", "/broken", "/loop", "/dev", "/" + strings.Repeat("a", 300),
	} {
		if got := ask(t, s, "GET", target); status(got) != "404" || strings.Contains(got, "outside") {
			t.Errorf("%s: got %q", target, got)
		}
	}
	for target, want := range map[string]string{"/a/b.txt": "inside", "/.well-known/x": "known"} {
		if got := ask(t, s, "GET", target); body(got) != want {
			t.Errorf("%s: got %q", target, got)
		}
	}
	if runtime.GOOS != "windows" {
		if got := ask(t, s, "GET", "/in"); body(got) != "linked" {
			t.Errorf("a link within the directory: got %q", got)
		}
	}
	s = site(t, dir, static.Config{Dotfiles: true})
	if got := ask(t, s, "GET", "/.secret"); body(got) != "s" {
		t.Errorf("with Dotfiles: got %q", got)
	}
}

func TestDirectories(t *testing.T) {
	dir := tree(t, map[string]string{"with/index.html": "index", "htm/index.htm": "htm", "without/x.txt": "x", "page.html": "page"})
	s := site(t, dir, static.Config{Extensions: []string{".html"}})
	for target, want := range map[string]string{"/with": "/with/", "/with?a=b": "/with/?a=b", "/%77ith": "/%77ith/"} {
		if got := ask(t, s, "GET", target); status(got) != "301" || header(got, "Location") != want {
			t.Errorf("%s: got %q", target, got)
		}
	}
	for target, want := range map[string]string{"/with/": "index", "/htm/": "htm", "/page": "page"} {
		if got := ask(t, s, "GET", target); body(got) != want {
			t.Errorf("%s: got %q", target, got)
		}
	}
	if got := ask(t, s, "GET", "/without/"); status(got) != "403" {
		t.Errorf("no listing: got %q", got)
	}
	s = site(t, dir, static.Config{Index: []string{}, NotFound: web.Func(func(r *web.Request) { io.WriteString(r, "own page") })})
	if got := ask(t, s, "GET", "/with/"); status(got) != "403" {
		t.Errorf("no index: got %q", got)
	}
	if got := ask(t, s, "GET", "/a/b/c"); status(got) != "404" || body(got) != "own page" {
		t.Errorf("own page: got %q", got)
	}
}

// Class 16: the redirect to a directory stays on the site.
func TestSlashRedirectIsLocal(t *testing.T) {
	dir := tree(t, map[string]string{"evil.com/x": "x"})
	files, err := static.Dir(dir, static.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	// A resource that swallows the empty segment shows the worst case.
	s := web.NewSite(web.LeafFunc(func(r *web.Request) {
		r.PostPath = r.PostPath[1:]
		files.Render(r)
	}), web.Config{})
	for _, target := range []string{"//evil.com", "/x/evil.com"} {
		if got := ask(t, s, "GET", target); strings.HasPrefix(header(got, "Location"), "//") || header(got, "Location") == "" {
			t.Errorf("%s: got %q", target, got)
		}
	}
}

func TestListing(t *testing.T) {
	names := map[string]string{"sub/x": "", "z.txt": "12345", "A.txt": "", "ä ö.txt": "", "c:d.txt": "", ".hidden": ""}
	if runtime.GOOS != "windows" {
		names[`<b>"&'.html`] = "x"
	} else {
		delete(names, "c:d.txt")
	}
	dir := tree(t, names)
	if runtime.GOOS != "windows" {
		if err := os.Symlink("nowhere", filepath.Join(dir, "broken")); err != nil {
			t.Fatal(err)
		}
	}
	s := site(t, dir, static.Config{Listing: true})
	got := ask(t, s, "GET", "/")
	if status(got) != "200" || header(got, "Content-Security-Policy") == "" {
		t.Fatalf("got %q", got)
	}
	page := body(got)
	for _, bad := range []string{"<b>", "broken", ".hidden", "http:", "https:", "../", "<script", "style="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	want := []string{
		`href="./sub/"><bdi>sub/</bdi></a>`, `href="./A.txt"><bdi>A.txt</bdi></a>`, `href="./%C3%A4%20%C3%B6.txt"><bdi>ä ö.txt<`,
		`href="./z.txt"><bdi>z.txt</bdi></a></td><td class="n" title="5 bytes">5B</td><td class="n"><time datetime="2024-05-01T12:00:00Z">2024-05-01 12:00</time></td><td class="t">text/plain</td>`,
	}
	if runtime.GOOS != "windows" {
		want = append(want, `href="./%3Cb%3E%22&amp;%27.html"><bdi>&lt;b&gt;&#34;&amp;&#39;.html`, `href="./c:d.txt"`)
	}
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("the page lacks %q", w)
		}
	}
	if strings.Index(page, "sub/") > strings.Index(page, "A.txt") || strings.Index(page, "A.txt") > strings.Index(page, "z.txt") {
		t.Error("the names are not in order")
	}
	if sub := body(ask(t, s, "GET", "/sub/")); !strings.Contains(sub, `href="../"`) || !strings.Contains(sub, `<a href="../"><bdi>/</bdi></a><bdi>sub</bdi></h1>`) {
		t.Errorf("got %q", sub)
	}
	if t.Failed() {
		t.Log(page)
	}
}

func TestRanges(t *testing.T) {
	const content = "0123456789"
	s := site(t, tree(t, map[string]string{"f.txt": content, "empty.txt": ""}), static.Config{MaxRanges: 4})
	tests := []struct{ name, header, status, contentRange, body string }{
		{"first bytes", "bytes=0-3", "206", "bytes 0-3/10", "0123"},
		{"from", "bytes=7-", "206", "bytes 7-9/10", "789"},
		{"suffix", "bytes=-2", "206", "bytes 8-9/10", "89"},
		{"long suffix", "bytes=-99", "206", "bytes 0-9/10", content},
		{"last beyond the end", "bytes=8-99", "206", "bytes 8-9/10", "89"},
		{"huge last", "bytes=8-99999999999999999999999", "206", "bytes 8-9/10", "89"},
		{"beyond the end", "bytes=10-", "416", "bytes */10", ""},
		{"empty suffix", "bytes=-0", "416", "bytes */10", ""},
		{"one of two beyond the end", "bytes=0-1,20-", "206", "bytes 0-1/10", "01"},
		{"adjacent are joined", "bytes=0-1,2-3", "206", "bytes 0-3/10", "0123"},
		{"overlapping are joined", "bytes=2-5,0-3", "206", "bytes 0-5/10", "012345"},
		{"other unit", "lines=0-1", "200", "", content},
		{"malformed", "bytes=a-b", "200", "", content},
		{"reversed", "bytes=5-2", "200", "", content},
		{"nothing", "bytes=", "200", "", content},
		{"signed", "bytes=+1-2", "200", "", content},
		{"13 too many", "bytes=0-0,2-2,4-4,6-6,8-8", "200", "", content},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, s, "GET", "/f.txt", "Range: "+tt.header)
			if status(got) != tt.status || header(got, "Content-Range") != tt.contentRange || tt.status != "416" && body(got) != tt.body {
				t.Errorf("got %q", got)
			}
		})
	}
	if got := ask(t, s, "GET", "/empty.txt", "Range: bytes=0-"); status(got) != "416" {
		t.Errorf("empty file: got %q", got)
	}
	if got := ask(t, s, "HEAD", "/f.txt", "Range: bytes=0-3"); status(got) != "200" || header(got, "Content-Length") != "10" {
		t.Errorf("HEAD: got %q", got)
	}
}

func TestSeveralRanges(t *testing.T) {
	s := site(t, tree(t, map[string]string{"f.txt": "0123456789"}), static.Config{})
	got := ask(t, s, "GET", "/f.txt", "Range: bytes=8-, 0-1, 4-4")
	mediaType, params, err := mime.ParseMediaType(header(got, "Content-Type"))
	if status(got) != "206" || mediaType != "multipart/byteranges" || err != nil || header(got, "Content-Length") != fmt.Sprint(len(body(got))) {
		t.Fatalf("got %q", got)
	}
	parts := multipart.NewReader(strings.NewReader(body(got)), params["boundary"])
	for _, want := range []struct{ contentRange, text string }{{"bytes 8-9/10", "89"}, {"bytes 0-1/10", "01"}, {"bytes 4-4/10", "4"}} {
		p, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(p)
		if p.Header.Get("Content-Range") != want.contentRange || p.Header.Get("Content-Type") != "text/plain; charset=utf-8" || string(text) != want.text {
			t.Errorf("part %v %q, want %v", p.Header, text, want)
		}
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("after the last part: %v", err)
	}
}

func TestConditions(t *testing.T) {
	s := site(t, tree(t, map[string]string{"f.txt": "0123456789"}), static.Config{})
	tag := header(ask(t, s, "GET", "/f.txt"), "ETag")
	const (
		same   = "Wed, 01 May 2024 12:00:00 GMT"
		before = "Wed, 01 May 2024 11:59:59 GMT"
		after  = "Wed, 01 May 2024 12:00:01 GMT"
	)
	tests := []struct {
		name, status string
		header       []string
	}{
		{"same tag", "304", []string{"If-None-Match: " + tag}},
		{"weak form of the tag", "304", []string{"If-None-Match: W/" + tag}},
		{"tag in a list", "304", []string{`If-None-Match: "x", ` + tag}},
		{"tag in another field", "304", []string{`If-None-Match: "x"`, "If-None-Match: " + tag}},
		{"any tag", "304", []string{"If-None-Match: *"}},
		{"other tag", "200", []string{`If-None-Match: "x"`}},
		{"tag with a comma", "200", []string{`If-None-Match: "x,` + strings.Trim(tag, `"`) + `"`}},
		{"not modified", "304", []string{"If-Modified-Since: " + same}},
		{"not modified since later", "304", []string{"If-Modified-Since: " + after}},
		{"modified", "200", []string{"If-Modified-Since: " + before}},
		{"bad date", "200", []string{"If-Modified-Since: yesterday"}},
		{"tag goes before date", "200", []string{`If-None-Match: "x"`, "If-Modified-Since: " + same}},
		{"match", "200", []string{"If-Match: " + tag}},
		{"match any", "200", []string{"If-Match: *"}},
		{"no match", "412", []string{`If-Match: "x"`}},
		{"weak does not match", "412", []string{"If-Match: W/" + tag}},
		{"unmodified", "200", []string{"If-Unmodified-Since: " + same}},
		{"modified since", "412", []string{"If-Unmodified-Since: " + before}},
		{"match goes before date", "200", []string{"If-Match: " + tag, "If-Unmodified-Since: " + before}},
		{"range of this version", "206", []string{"Range: bytes=0-1", "If-Range: " + tag}},
		{"range of this date", "206", []string{"Range: bytes=0-1", "If-Range: " + same}},
		{"range of another version", "200", []string{"Range: bytes=0-1", `If-Range: "x"`}},
		{"range of a weak tag", "200", []string{"Range: bytes=0-1", "If-Range: W/" + tag}},
		{"range of another date", "200", []string{"Range: bytes=0-1", "If-Range: " + after}},
		{"304 goes before 206", "304", []string{"Range: bytes=0-1", "If-None-Match: " + tag}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, s, "GET", "/f.txt", tt.header...)
			if status(got) != tt.status {
				t.Errorf("got %q, want %s", got, tt.status)
			}
			if tt.status == "304" && (body(got) != "" || header(got, "ETag") != tag) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestPrecompressed(t *testing.T) {
	dir := tree(t, map[string]string{"a.js": "plain", "a.js.gz": "gz", "a.js.br": "br", "b.js": "plain"})
	s := site(t, dir, static.Config{Precompressed: true, CacheControl: "max-age=60"})
	tests := []struct{ accept, encoding, body string }{
		{"gzip, br", "br", "br"}, {"gzip", "gzip", "gz"}, {"br;q=0, gzip;q=0.5", "gzip", "gz"}, {"identity", "", "plain"}, {"", "", "plain"},
	}
	for _, tt := range tests {
		got := ask(t, s, "GET", "/a.js", "Accept-Encoding: "+tt.accept)
		if body(got) != tt.body || header(got, "Content-Encoding") != tt.encoding || header(got, "Vary") != "Accept-Encoding" ||
			!strings.HasPrefix(header(got, "Content-Type"), "text/javascript") || header(got, "Cache-Control") != "max-age=60" {
			t.Errorf("%q: got %q", tt.accept, got)
		}
	}
	if got := ask(t, s, "GET", "/b.js", "Accept-Encoding: br"); body(got) != "plain" {
		t.Errorf("without variant: got %q", got)
	}
}

func TestLargeFileIsSentAsItIsRead(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	s := site(t, tree(t, map[string]string{"f.bin": content}), static.Config{})
	tr := protocoltest.NewStringTransport()
	p, _ := s.BuildProtocol(tr.Remote)
	tr.Connect(p)
	tr.Stalled = true
	tr.FeedString("GET /f.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /f.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=1-100001\r\n\r\n")
	tr.Clock.Advance(0)
	if n := len(tr.Value()); n > 1<<17 {
		t.Errorf("%d bytes were read for a client that takes none", n)
	}
	tr.Stalled = false
	tr.Drain()
	for range 100 {
		tr.Clock.Advance(0)
	}
	got := body(tr.Value())
	if !strings.HasPrefix(got, content) {
		t.Fatalf("%d bytes do not begin with the file", len(got))
	}
	if got = got[len(content):]; status(got) != "206" || body(got) != content[1:100002] {
		t.Errorf("the range is wrong: %.300q, %d bytes", got, len(body(got)))
	}
}

// threaded is a fake clock with threads.
type threaded struct{ *protocoltest.Clock }

func (t threaded) CallInThread(f func()) { go f() } // ended by the turn of the clock that waits for what f posts

func TestFilesAreReadInThreads(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 1<<14) // 256 KiB
	s := site(t, tree(t, map[string]string{"f.bin": content, "d/x": ""}), static.Config{Listing: true})
	p, _ := s.BuildProtocol(nil)
	clock := protocoltest.NewClock()
	tr := &transport{StringTransport: protocoltest.NewStringTransport(), loop: threaded{clock}}
	tr.Clock = clock
	tr.Connect(wrap{p, tr})
	tr.FeedString("GET /f.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /d/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	err := clock.Until(t.Context(), func() bool { clockAdvance(clock); return tr.Disconnecting() })
	if err != nil {
		t.Fatal(err)
	}
	if got := body(tr.Value()); !strings.HasPrefix(got, content) || !strings.Contains(got, "<bdi>d</bdi></h1>") {
		t.Errorf("got %d bytes, ending in %.300q", len(got), got[min(len(got), len(content)):])
	}
}

func TestLossStopsTheReading(t *testing.T) {
	var open int
	fsys := counting{fstest.MapFS{"f.bin": {Data: make([]byte, 1<<20), ModTime: modified}}, &open}
	s := web.NewSite(static.FS(fsys, static.Config{}), web.Config{})
	tr := protocoltest.NewStringTransport()
	p, _ := s.BuildProtocol(tr.Remote)
	tr.Connect(p)
	tr.Stalled = true
	tr.FeedString("GET /f.bin HTTP/1.1\r\nHost: a\r\n\r\n")
	if open != 1 {
		t.Fatalf("%d files open", open)
	}
	tr.Lose(protocol.Lost(io.ErrUnexpectedEOF))
	if open != 0 {
		t.Error("the file stays open")
	}
	for _, h := range []string{"If-None-Match: *", "Range: bytes=5-6", "Range: bytes=9999999-", "X: y"} {
		ask(t, s, "GET", "/f.bin", h)
		ask(t, s, "HEAD", "/f.bin", h)
	}
	if open != 0 {
		t.Errorf("%d files stay open", open)
	}
}

func TestShrunkFileIsCutOff(t *testing.T) {
	dir := tree(t, map[string]string{"f.bin": strings.Repeat("x", 1<<20)})
	s := site(t, dir, static.Config{})
	tr := protocoltest.NewStringTransport()
	p, _ := s.BuildProtocol(tr.Remote)
	tr.Connect(p)
	tr.FeedString("GET /f.bin HTTP/1.1\r\nHost: a\r\n\r\n")
	if err := os.Truncate(filepath.Join(dir, "f.bin"), 100000); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		tr.Clock.Advance(0)
	}
	if !tr.Aborted() {
		t.Error("a response shorter than its Content-Length was ended as if it were whole")
	}
}

func TestFSWithoutRandomAccess(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 20000)
	s := web.NewSite(static.FS(onlyRead{fstest.MapFS{"f.bin": {Data: content}}}, static.Config{}), web.Config{})
	got := ask(t, s, "GET", "/f.bin", "Range: bytes=0-1")
	if status(got) != "200" || body(got) != string(content) || header(got, "Accept-Ranges") != "" || header(got, "Last-Modified") != "" {
		t.Errorf("got %d bytes, %.300q", len(body(got)), got)
	}
}

func TestData(t *testing.T) {
	s := web.NewSite(web.LeafFunc(static.Data("text/plain", []byte("hello")).Render), web.Config{})
	got := ask(t, s, "GET", "/")
	if body(got) != "hello" || header(got, "Content-Type") != "text/plain" || header(got, "ETag") == "" {
		t.Errorf("got %q", got)
	}
	if again := ask(t, s, "GET", "/", "If-None-Match: "+header(got, "ETag")); status(again) != "304" {
		t.Errorf("got %q", again)
	}
	if part := ask(t, s, "GET", "/", "Range: bytes=1-2"); body(part) != "el" {
		t.Errorf("got %q", part)
	}
}
