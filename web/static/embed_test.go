// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static_test

import (
	"embed"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

//go:embed doc.go digest.go
var sources embed.FS

func embeddedSite(config static.Config) (*static.Files, *web.Site) {
	f := static.FS(sources, config)
	return f, web.NewSite(f, web.Config{Logger: slog.New(slog.DiscardHandler)})
}

// Files of package embed have no times: what they hold is their version.
func TestEmbedded(t *testing.T) {
	for name, config := range map[string]static.Config{"plain": {}, "open files": {OpenFiles: 4}} {
		t.Run(name, func(t *testing.T) {
			f, s := embeddedSite(config)
			defer f.Close()
			first := ask(t, s, "GET", "/doc.go")
			tag := header(first, "ETag")
			if status(first) != "200" || len(tag) != 34 || !strings.HasPrefix(tag, `"`) || header(first, "Last-Modified") != "" {
				t.Fatalf("got %.300q", first)
			}
			_, again := embeddedSite(config) // as another process with the same files
			if got := header(ask(t, again, "HEAD", "/doc.go"), "ETag"); got != tag {
				t.Errorf("the tag changes: %s and %s", tag, got)
			}
			if got := header(ask(t, s, "GET", "/digest.go"), "ETag"); got == tag || len(got) != 34 {
				t.Errorf("another file: %s", got)
			}
			if got := ask(t, s, "GET", "/doc.go", "If-None-Match: "+tag); status(got) != "304" {
				t.Errorf("got %.100q", got)
			}
			if got := ask(t, s, "GET", "/doc.go", "Range: bytes=0-2", "If-Range: "+tag); status(got) != "206" || body(got) != "// " {
				t.Errorf("got %.100q", got)
			}
			if got := ask(t, s, "GET", "/doc.go", `Range: bytes=0-2`, `If-Range: "other"`); status(got) != "200" {
				t.Errorf("got %.100q", got)
			}
			if n := f.Digests(); n != 2 {
				t.Errorf("%d digests of two files", n)
			}
		})
	}
	_, s := embeddedSite(static.Config{WeakETags: true})
	if got := header(ask(t, s, "GET", "/doc.go"), "ETag"); !strings.HasPrefix(got, `W/"`) {
		t.Errorf("a weak tag: %s", got)
	}
}

// Others without times may change unseen.
func TestNoDigestOfOthers(t *testing.T) {
	n := 0
	for name, f := range map[string]*static.Files{
		"counted": static.FS(counting{sources, &n}, static.Config{}),
		"opened":  static.FS(sources, static.Config{Open: counting{sources, &n}.openIn}),
	} {
		got := ask(t, web.NewSite(f, web.Config{}), "GET", "/doc.go")
		if status(got) != "200" || header(got, "ETag") != "" || f.Digests() != 0 {
			t.Errorf("%s: got %.300q", name, got)
		}
	}
}

func (c counting) openIn(_ fs.FS, name string) (fs.File, error) { return c.Open(name) }

// A large file is hashed beside the loop, once.
func TestLargeEmbedded(t *testing.T) {
	for name, config := range map[string]static.Config{"plain": {}, "open files": {OpenFiles: 4}, "threads": {Threads: true}} {
		t.Run(name, func(t *testing.T) {
			small, s := embeddedSite(config)
			defer small.Close()
			want := header(ask(t, s, "GET", "/doc.go"), "ETag")
			f, s := embeddedSite(config)
			defer f.Close()
			f.SetInline(100)
			for i := range 2 {
				tr := ride(s, true)
				tr.FeedString("GET /doc.go HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
				if onLoop := tr.Value() != ""; onLoop != (i > 0 && !config.Threads) {
					t.Errorf("request %d: answered on the loop: %v", i, onLoop)
				}
				if err := tr.Clock.Until(t.Context(), func() bool { clockAdvance(tr.Clock); return tr.Disconnecting() }); err != nil {
					t.Fatal(err)
				}
				if got := header(tr.Value(), "ETag"); got != want || len(got) != 34 {
					t.Errorf("request %d: %s, want %s", i, got, want)
				}
			}
		})
	}
}
