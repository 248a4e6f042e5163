// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package compress_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/compress"
)

var text = strings.Repeat("The quick brown fox jumps over the lazy dog. ", 500)

func connect(root web.Resource) *protocoltest.StringTransport {
	p, _ := web.NewSite(root, web.Config{Logger: slog.New(slog.DiscardHandler)}).BuildProtocol(nil)
	tr := protocoltest.NewStringTransport()
	tr.Connect(p)
	return tr
}

// ask sends one request and returns head and body, without its chunks.
func ask(t testing.TB, root web.Resource, method string, header ...string) (*http.Header, string, int) {
	t.Helper()
	tr := connect(root)
	tr.FeedString(method + " / HTTP/1.1\r\nHost: a\r\n" + strings.Join(append(header, ""), "\r\n") + "\r\n")
	for range 100 {
		tr.Clock.Advance(0)
	}
	head, body, _ := strings.Cut(tr.Value(), "\r\n\r\n")
	h := make(http.Header)
	for line := range strings.SplitSeq(head, "\r\n") {
		if k, v, ok := strings.Cut(line, ": "); ok {
			h.Add(k, v)
		}
	}
	if h.Get("Transfer-Encoding") != "" && method != "HEAD" {
		b, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(body)))
		if err != nil {
			t.Errorf("%v in %q", err, body)
		}
		body = string(b)
	}
	status := 0
	fmt.Sscanf(head, "HTTP/1.1 %d", &status)
	return &h, body, status
}

// decode undoes a coding by the library's reader; "" is none.
func decode(t testing.TB, coding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	var err error
	switch coding {
	case "gzip":
		r, err = gzip.NewReader(r)
	case "br":
		r = brotli.NewReader(r)
	case "zstd":
		var d *zstd.Decoder
		d, err = zstd.NewReader(r)
		if err == nil {
			defer d.Close()
		}
		r = d
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Errorf("%s: %v", coding, err)
	}
	return string(plain)
}

func of(ctype, body string) web.Resource {
	return web.Get(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Type", ctype)
		r.ResponseHeader().Set("ETag", `"x"`)
		io.WriteString(r, body)
	})
}

func TestNegotiation(t *testing.T) {
	for _, tt := range []struct {
		accept, want string
		config       compress.Config
	}{
		{"gzip", "gzip", compress.Config{}},
		{"br", "br", compress.Config{}},
		{"gzip, deflate, br, zstd", "zstd", compress.Config{}},
		{"gzip, deflate, br, zstd", "gzip", compress.Config{Codings: []string{"gzip", "zstd"}}},
		{"gzip;q=1", "gzip", compress.Config{}},
		{"gzip;q=0.8, br;q=0.9", "br", compress.Config{}},
		{"gzip;q=0", "", compress.Config{}},
		{"*", "zstd", compress.Config{}},
		{"identity, gzip;q=0.5", "", compress.Config{}},
		{"deflate", "", compress.Config{}},
		{"", "", compress.Config{}},
	} {
		for _, body := range []string{text, text[:2000]} { // in chunks, and with a length
			h, got, _ := ask(t, compress.New(of("text/plain", body), tt.config), "GET", "Accept-Encoding: "+tt.accept)
			etag := `"x"`
			if tt.want != "" {
				etag = `W/"x"`
			}
			if h.Get("Content-Encoding") != tt.want || h.Get("Vary") != "Accept-Encoding" || h.Get("Etag") != etag || decode(t, tt.want, got) != body {
				t.Errorf("%q: got %v", tt.accept, h)
			}
			if tt.want != "" && len(got) > len(body)/2 {
				t.Errorf("%q: %d bytes of %d", tt.accept, len(got), len(body))
			}
		}
	}
}

func TestNotAcceptable(t *testing.T) {
	c := compress.New(of("text/plain", text), compress.Config{})
	for accept, want := range map[string]int{"identity;q=0": 406, "*;q=0": 406, "identity;q=0, gzip": 200, "identity;q=0, deflate": 406} {
		h, _, status := ask(t, c, "GET", "Accept-Encoding: "+accept)
		if status != want || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: got %d, %v", accept, status, h)
		}
	}
	// What would be left alone is coded for a client that takes nothing else.
	h, got, _ := ask(t, compress.New(of("image/png", "short"), compress.Config{}), "GET", "Accept-Encoding: gzip, identity;q=0")
	if h.Get("Content-Encoding") != "gzip" || decode(t, "gzip", got) != "short" {
		t.Errorf("got %v", h)
	}
	if s := c.Stats(); s.Refused != 3 || s.Coded != 1 || s.Encoders != 0 {
		t.Errorf("%+v", s)
	}
}

func TestWhatIsLeftAlone(t *testing.T) {
	set := func(k, v string) web.Resource {
		return web.Func(func(r *web.Request) {
			r.ResponseHeader().Set(k, v)
			io.WriteString(r, text)
		})
	}
	for _, tt := range []struct {
		name  string
		inner web.Resource
		vary  string
	}{
		{"small", of("text/plain", text[:1023]), "Accept-Encoding"},
		{"empty", of("text/plain", ""), "Accept-Encoding"},
		{"type", of("image/png", text), ""},
		{"events", of("text/event-stream", text), ""},
		{"coded", set("Content-Encoding", "br"), ""},
		{"no-transform", set("Cache-Control", "public, No-Transform"), ""},
		{"part", set("Content-Range", "bytes 0-1/2"), ""},
	} {
		h, _, _ := ask(t, compress.New(tt.inner, compress.Config{}), "GET", "Accept-Encoding: gzip")
		if ce := h.Get("Content-Encoding"); ce != "" && tt.name != "coded" || ce == "gzip" || h.Get("Vary") != tt.vary {
			t.Errorf("%s: got %v", tt.name, h)
		}
	}
	for _, ctype := range []string{"text/html; charset=utf-8", "application/json", "Application/JSON", "image/svg+xml", "application/wasm", "application/problem+json", "font/ttf", ""} {
		if h, _, _ := ask(t, compress.New(of(ctype, text), compress.Config{}), "GET", "Accept-Encoding: gzip"); ctype != "" && h.Get("Content-Encoding") != "gzip" {
			t.Errorf("%q: got %v", ctype, h)
		}
	}
	h, _, _ := ask(t, compress.New(of("text/plain", "x"), compress.Config{MinSize: -1}), "GET", "Accept-Encoding: gzip")
	if h.Get("Content-Encoding") != "gzip" {
		t.Errorf("MinSize -1: got %v", h)
	}
}

func TestHeadAndNotModified(t *testing.T) {
	c := compress.New(web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Vary", "Cookie")
		if r.Conditional(web.Validator{ETag: `"x"`}) {
			return
		}
		r.ResponseHeader().Set("Content-Length", fmt.Sprint(len(text)))
		if r.Method == "GET" {
			io.WriteString(r, text)
		}
	}), compress.Config{})
	h, _, _ := ask(t, c, "GET", "Accept-Encoding: gzip")
	head, _, _ := ask(t, c, "HEAD", "Accept-Encoding: gzip")
	if fmt.Sprint(h) != fmt.Sprint(head) || h.Get("Content-Encoding") != "gzip" || len((*h)["Vary"]) != 2 {
		t.Errorf("GET %v, HEAD %v", h, head)
	}
	h, _, status := ask(t, c, "GET", "Accept-Encoding: gzip", `If-None-Match: W/"x"`)
	if status != 304 || h.Get("Etag") != `W/"x"` || h.Get("Content-Encoding") != "" || len((*h)["Vary"]) != 2 {
		t.Errorf("got %d, %v", status, h)
	}
	if s := c.Stats(); s.Encoders != 0 {
		t.Errorf("%+v", s)
	}
}

// Each event arrives when it is written, in all codings.
func TestEventsAreFlushed(t *testing.T) {
	for _, coding := range []string{"gzip", "zstd", "br"} {
		var r *web.Request
		tr := connect(compress.New(web.Func(func(req *web.Request) {
			r = req
			r.ResponseHeader().Set("Content-Type", "text/event-stream")
			r.NotDoneYet()
			r.Flush()
		}), compress.Config{Types: append(compress.DefaultTypes(), "text/event-stream")}))
		tr.FeedString("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + coding + "\r\n\r\n")
		want := ""
		for i := range 3 {
			event := fmt.Sprintf("data: %d\n\n", i)
			io.WriteString(r, event)
			want += event
			tr.Clock.Advance(0)
			_, body, _ := strings.Cut(tr.Value(), "\r\n\r\n")
			got := make([]byte, len(want))
			var in io.Reader = httputil.NewChunkedReader(strings.NewReader(body))
			switch coding {
			case "gzip":
				in, _ = gzip.NewReader(in)
			case "zstd":
				d, _ := zstd.NewReader(in)
				defer d.Close()
				in = d
			case "br":
				in = brotli.NewReader(in)
			}
			if _, err := io.ReadFull(in, got); err != nil || string(got) != want {
				t.Errorf("%s: after event %d: %q, %v", coding, i, got, err)
			}
		}
		r.Finish()
	}
}

func TestEncodersAreBounded(t *testing.T) {
	c := compress.New(web.Func(func(r *web.Request) {
		r.NotDoneYet()
		r.Write([]byte(text))
	}), compress.Config{Encoders: 2})
	var trs []*protocoltest.StringTransport
	for range 3 {
		tr := connect(c)
		tr.FeedString("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
		trs = append(trs, tr)
	}
	if s := c.Stats(); s.Coded != 2 || s.Plain != 1 || s.Encoders != 2 || !strings.Contains(trs[2].Value(), text) {
		t.Errorf("%+v", s)
	}
	for _, tr := range trs {
		tr.Lose(protocol.Lost(io.ErrUnexpectedEOF))
	}
	if s := c.Stats(); s.Encoders != 0 {
		t.Errorf("after the loss: %+v", s)
	}
}

func TestLevels(t *testing.T) {
	for _, config := range []compress.Config{
		{GzipLevel: 1, ZstdLevel: 1, BrotliLevel: 1},
		{GzipLevel: 9, ZstdLevel: 22, BrotliLevel: 11},
	} {
		for _, coding := range []string{"gzip", "zstd", "br"} {
			h, got, _ := ask(t, compress.New(of("text/plain", text), config), "GET", "Accept-Encoding: "+coding)
			if h.Get("Content-Encoding") != coding || decode(t, coding, got) != text {
				t.Errorf("%+v: got %v", config, h)
			}
		}
	}
	for name, config := range map[string]compress.Config{
		`compress: there is no coding "deflate"`: {Codings: []string{"deflate"}},
		"compress: gzip has no level 10":         {GzipLevel: 10},
		"compress: br has no level -1":           {BrotliLevel: -1},
	} {
		func() {
			defer func() {
				if v := recover(); v != name {
					t.Errorf("panic %v, want %s", v, name)
				}
			}()
			compress.New(of("", ""), config)
		}()
	}
}

// encode codes s by the library's writer.
func encode(t testing.TB, coding, s string) string {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, _ = zstd.NewWriter(&b)
	}
	io.WriteString(w, s)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var echo = web.Func(func(r *web.Request) {
	r.ReadBody(func(body []byte, err error) {
		if err == nil {
			r.Write(body)
		}
	})
})

func post(t testing.TB, c web.Resource, coding, body string) (int, string, string) {
	tr := connect(c)
	tr.FeedString(fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", coding, len(body), body))
	for range 10 {
		tr.Clock.Advance(0)
	}
	var status int
	fmt.Sscanf(tr.Value(), "HTTP/1.1 %d", &status)
	head, b, _ := strings.Cut(tr.Value(), "\r\n\r\n")
	return status, head, b
}

func TestRequestBodies(t *testing.T) {
	c := compress.New(echo, compress.Config{Decode: true})
	for _, coding := range []string{"gzip", "x-gzip", "br", "zstd"} {
		coded := encode(t, coding, text[:500])
		if status, _, got := post(t, c, coding, coded); status != 200 || got != text[:500] {
			t.Errorf("%s: got %d, %q", coding, status, got)
		}
		for name, bad := range map[string]string{"cut off": coded[:len(coded)-1], "garbage": "garbage, no more", "more behind": coded + "x"} {
			if status, _, got := post(t, c, coding, bad); status != 400 {
				t.Errorf("%s, %s: got %d, %q", coding, name, status, got)
			}
		}
	}
	for _, coding := range []string{"deflate", "gzip, br", "unknown"} {
		if status, head, _ := post(t, c, coding, "x"); status != 415 || !strings.Contains(head, "Accept-Encoding: gzip, zstd, br") {
			t.Errorf("%s: got %d, %q", coding, status, head)
		}
	}
	if status, _, got := post(t, c, "identity", "plain"); status != 200 || got != "plain" {
		t.Errorf("identity: got %d, %q", status, got)
	}
	if status, _, got := post(t, compress.New(echo, compress.Config{}), "gzip", "as it is"); status != 200 || got != "as it is" {
		t.Errorf("without Decode: got %d, %q", status, got)
	}
}

// Class 14: a zip bomb is refused, by its size or its ratio, before it has unfolded.
func TestZipBomb(t *testing.T) {
	for _, coding := range []string{"gzip", "br", "zstd"} {
		small := encode(t, coding, strings.Repeat("\x00", 4<<20)) // a few KiB at most
		for name, tt := range map[string]struct {
			config compress.Config
			want   int
		}{
			"ratio":   {compress.Config{Decode: true}, 413},
			"size":    {compress.Config{Decode: true, MaxRatio: 1 << 30, MaxDecoded: 1 << 20}, 413},
			"allowed": {compress.Config{Decode: true, MaxRatio: 1 << 30}, 200},
		} {
			c := compress.New(echo, tt.config)
			if status, _, _ := post(t, c, coding, small); status != tt.want || c.Stats().Refused != int64(min(1, tt.want-200)) {
				t.Errorf("%s, %s: got %d, %+v", coding, name, status, c.Stats())
			}
		}
	}
}

func BenchmarkCompress(b *testing.B) {
	for _, coding := range []string{"gzip", "zstd", "br"} {
		b.Run(coding, func(b *testing.B) {
			tr := connect(compress.New(of("text/plain", text[:8000]), compress.Config{}))
			in := []byte("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + coding + "\r\n\r\n")
			b.SetBytes(8000)
			b.ReportAllocs()
			for b.Loop() {
				tr.Feed(in)
				tr.Clear()
				tr.Clock.Advance(0)
			}
		})
	}
}
