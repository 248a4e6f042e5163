// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h2"
)

func TestH2WholeResponse(t *testing.T) {
	p := newH2peer(t, hello, web.Config{})
	p.get(1, "/")
	p.run()
	a := p.answer(1)
	want := "server: Torsion\ndate: Sat, 01 Jan 2000 00:00:00 GMT\ncontent-type: text/html; charset=utf-8\ncontent-length: 5\n"
	if a.status != "200" || a.header != want || a.body != "hello" || !a.ended || a.reset != "" {
		t.Errorf("got %v", a)
	}
	if n := len(p.tr.Writes()); n != 1 {
		t.Errorf("%d writes, want 1 for settings, acknowledgement and answer", n)
	}
	if on, _ := p.tr.NoDelay(); !on {
		t.Error("Nagle's algorithm is on")
	}
	p.get(3, "/")
	p.get(5, "/")
	p.run()
	if b, c := p.answer(3), p.answer(5); b.header != want || c.header != want || !c.ended {
		t.Errorf("then got %v, %v", b, c)
	}
	if n := len(p.tr.Writes()); n != 2 {
		t.Errorf("%d writes after two more requests, want 2", n)
	}
	if s := p.site.Stats(); s.Requests != 3 || s.Connections != 1 || s.Open != 1 {
		t.Errorf("stats %+v", s)
	}
}

// The settings say what the site allows.
func TestH2Settings(t *testing.T) {
	p := newH2peer(t, hello, web.Config{HTTP2: web.HTTP2{Streams: 7, StreamWindow: 100000, FrameSize: 20000}, Limits: web.Limits{Header: 9999}})
	p.run()
	want := h2.AppendSettings(nil, h2.Setting{ID: h2.SettingMaxConcurrentStreams, Value: 7}, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 100000},
		h2.Setting{ID: h2.SettingMaxHeaderListSize, Value: 9999}, h2.Setting{ID: h2.SettingNoRFC7540Priorities, Value: 1}, h2.Setting{ID: h2.SettingEnableConnectProtocol, Value: 1},
		h2.Setting{ID: h2.SettingMaxFrameSize, Value: 20000})
	if got := p.tr.Value(); !strings.HasPrefix(got, string(want)) {
		t.Errorf("got %q", got)
	}
}

// What the client speaks is recognised whatever the split (RFC 9113 section 3.4).
func TestH2RecognisedAtAnySplit(t *testing.T) {
	peer := h2peerOn(t, nil, nil)
	peer.get(1, "/")
	for name, in := range map[string]string{"HTTP/2": string(peer.out), "HTTP/1": "PRI / HTTP/1.1\r\nHost: a\r\n\r\n", "PR": "PRX * HTTP/2.0\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			protocoltest.Splits(t, []byte(in), func(pieces iter.Seq[[]byte]) string {
				tr, _ := serve(t, echo, web.Config{})
				for piece := range pieces {
					tr.Feed(piece)
				}
				settle(tr)
				return tr.Value()
			})
		})
	}
	tr, _ := serve(t, echo, web.Config{})
	tr.FeedString("PRI / HTTP/1.1\r\nHost: a\r\n\r\n")
	settle(tr)
	if got := body(tr.Value()); got != "PRI / \"\"\n" {
		t.Errorf("a method that begins as the preface does: %q", got)
	}
}

func TestH2Disabled(t *testing.T) {
	tr, site := serve(t, hello, web.Config{HTTP2: web.HTTP2{Disabled: true}})
	tr.FeedString(h2.Preface)
	settle(tr)
	if got := status(tr.Value()); !strings.HasPrefix(got, "505") {
		t.Errorf("got %q", got)
	}
	if got := site.AcceptableProtocols(); !slices.Equal(got, []string{"http/1.1"}) {
		t.Errorf("ALPN %q", got)
	}
}

// Resources answer alike over both versions.
func TestH2AnswersAsHTTP1(t *testing.T) {
	var root web.Tree
	pages := map[string]web.Resource{
		"hello": hello,
		"empty": web.Func(func(*web.Request) {}),
		"204":   web.Func(func(r *web.Request) { r.SetStatus(204); io.WriteString(r, "no") }),
		"205":   web.Func(func(r *web.Request) { r.SetStatus(205) }),
		"304":   web.Func(func(r *web.Request) { r.Conditional(web.Validator{ETag: `"x"`}) }),
		"error": web.Func(func(r *web.Request) { r.Error(403, "no & no") }),
		"moved": web.Func(func(r *web.Request) { r.Redirect(302, "/hello") }),
		"panic": web.Func(func(*web.Request) { panic("x") }),
		"get": web.Get(func(r *web.Request) {
			io.WriteString(r, r.Host+" "+r.Query+" "+r.Header.Get("X-A")+r.Header.Get("host"))
		}),
		"long":   web.Func(func(r *web.Request) { r.Write([]byte(strings.Repeat("x", 100000))) }),
		"wrong":  web.Func(func(r *web.Request) { r.ResponseHeader().Set("Content-Length", "7"); io.WriteString(r, "x") }),
		"split":  web.Func(func(r *web.Request) { r.ResponseHeader().Set("X", "a\r\nb") }),
		"cookie": web.Func(func(r *web.Request) { io.WriteString(r, r.Header.Get("Cookie")) }),
		"length": web.Func(func(r *web.Request) {
			r.ResponseHeader().Set("Content-Length", "5")
			r.Flush()
			io.WriteString(r, "12345")
		}),
		"later": web.Func(func(r *web.Request) {
			web.Later(r, deferred.Succeed(7), func(n int) { io.WriteString(r, strconv.Itoa(n)) })
		}),
		"failed": web.Func(func(r *web.Request) {
			web.Later(r, deferred.Fail[int](&web.StatusError{Status: 418, Detail: "tea"}), func(int) {})
		}),
		"stream": web.Func(func(r *web.Request) {
			r.Stream(func(yield func([]byte, error) bool) {
				for range 5 {
					if !yield([]byte(strings.Repeat("y", 30000)), nil) {
						return
					}
				}
			})
		}),
		"handler": web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Method", r.Method)
			fmt.Fprint(w, r.Host, r.URL, r.ContentLength)
		})),
	}
	for name, page := range pages {
		root.PutChild(name, page)
	}
	var paths []string
	for name := range pages {
		paths = append(paths, "/"+name)
	}
	paths = append(paths, "/get?a=b", "/missing", "/%zz", "/hello/x", "/%2e%2e/x")
	slices.Sort(paths)
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
		for _, path := range paths {
			t.Run(method+path, func(t *testing.T) {
				h1tr, _ := serve(t, &root, web.Config{})
				h1tr.FeedString(method + " " + path + " HTTP/1.1\r\nHost: a.example\r\nX-A: 1\r\nCookie: a=1; b=2\r\nIf-None-Match: \"x\"\r\n\r\n")
				tr, site := serve(t, &root, web.Config{})
				p := h2peerOn(t, tr, site, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 1 << 20})
				p.window(0, 1<<20)
				p.headers(1, true, method, path, "x-a", "1", "cookie", "a=1", "cookie", "b=2", "if-none-match", `"x"`)
				p.run()
				a := p.answer(1)
				if path == "/handler" { // has a goroutine
					p.tr.Clock.Until(t.Context(), func() bool { p.read(); return a.ended })
					h1tr.Clock.Until(t.Context(), func() bool { return strings.Contains(h1tr.Value(), "\r\n\r\n") })
				}
				settle(h1tr)
				one := h1tr.Value()
				if s, _, _ := strings.Cut(status(one), " "); s != a.status || !a.ended {
					t.Fatalf("status %q, HTTP/1 %q; %v", a.status, s, a)
				}
				for _, name := range []string{"content-length", "content-type", "location", "allow", "etag", "server", "x", "x-method"} {
					if a.field(name) != header(one, name) {
						t.Errorf("%s: %q, HTTP/1 %q", name, a.field(name), header(one, name))
					}
				}
				b := body(one)
				if header(one, "Transfer-Encoding") == "chunked" {
					b = unchunk(t, b)
				}
				if a.body != b {
					t.Errorf("body of %d bytes, HTTP/1 %d: %.100q %.100q", len(a.body), len(b), a.body, b)
				}
			})
		}
	}
}

func unchunk(t *testing.T, s string) string {
	t.Helper()
	out := ""
	for s != "" {
		size, rest, _ := strings.Cut(s, "\r\n")
		n, err := strconv.ParseInt(size, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		out += rest[:n]
		s = rest[n+2:]
	}
	return out
}

// What a resource sees of a request.
func TestH2Request(t *testing.T) {
	var got []string
	p := newH2peer(t, web.Func(func(r *web.Request) {
		got = append(got, r.Method, r.URI, r.Path, r.Query, r.Proto, r.Host, strings.Join(r.PostPath, "|"), r.Arg("q"))
		for k, v := range r.Header.All() {
			got = append(got, k+"="+v)
		}
	}), web.Config{})
	p.get(1, "/", "x", "1")
	p.fields(3, true, ":method", "GET", ":scheme", "https", ":path", "/?q=1", "host", "b.example:8080", "te", "trailers", "cookie", "c=1", "a", "", "cookie", "d=2")
	p.run()
	want := []string{"GET", "/", "/", "", "HTTP/2.0", "a.example", "", "", "x=1", "host=a.example",
		"GET", "/?q=1", "/", "q=1", "HTTP/2.0", "b.example:8080", "", "1", "te=trailers", "a=", "host=b.example:8080", "cookie=c=1; d=2"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Answers leave when they are ready, in whatever order.
func TestH2OutOfOrder(t *testing.T) {
	var first *web.Request
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		if r.Path == "/slow" {
			first = r
			r.NotDoneYet()
			return
		}
		io.WriteString(r, "fast")
	}), web.Config{})
	p.get(1, "/slow")
	p.get(3, "/fast")
	p.run()
	if p.answer(1).status != "" || !p.answer(3).ended {
		t.Fatalf("got %v %v", p.answer(1), p.answer(3))
	}
	io.WriteString(first, "slow")
	first.Finish()
	p.run()
	if a := p.answer(1); a.body != "slow" || !a.ended {
		t.Errorf("got %v", a)
	}
}

func TestH2BodyAndTrailers(t *testing.T) {
	p := newH2peer(t, web.Func(func(r *web.Request) {
		r.ResponseTrailer().Set("X-Sum", "2")
		r.ReadBody(func(b []byte, err error) {
			fmt.Fprintf(r, "%d %q %v %s", r.ContentLength(), b, err, r.Trailer.Get("X-In"))
		})
	}), web.Config{})
	p.headers(1, false, "POST", "/")
	p.data(1, "hel", false)
	p.run()
	p.data(1, "lo", false)
	p.fields(1, true, "x-in", "1")
	p.run()
	if a := p.answer(1); a.body != `-1 "hello" <nil> 1` || a.trailer != "x-sum: 2\n" || !a.ended {
		t.Errorf("got %v", a)
	}
	p.headers(3, false, "POST", "/", "content-length", "2")
	p.data(3, "ab", true)
	p.run()
	if a := p.answer(3); a.body != `2 "ab" <nil> ` {
		t.Errorf("got %v", a)
	}
}

func TestH2Interim(t *testing.T) {
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		if r.Path == "/hints" {
			r.EarlyHints("</a.css>; rel=preload")
			io.WriteString(r, "hinted")
			return
		}
		if r.Path == "/no" {
			r.Error(403, "")
			return
		}
		r.ReadBody(func(b []byte, _ error) { r.Write(b) })
	}), web.Config{})
	p.get(1, "/hints")
	p.headers(3, false, "PUT", "/", "expect", "100-continue", "content-length", "2")
	p.headers(5, false, "PUT", "/no", "expect", "100-continue", "content-length", "2")
	p.run()
	if a := p.answer(1); !slices.Equal(a.interim, []string{"103\nlink: </a.css>; rel=preload\n"}) || a.body != "hinted" {
		t.Errorf("hints: %v", a)
	}
	if a := p.answer(3); !slices.Equal(a.interim, []string{"100\n"}) || a.status != "" {
		t.Errorf("continue: %v", a)
	}
	// Nobody knows whether the body will come: it is not waited for.
	if a := p.answer(5); len(a.interim) > 0 || a.status != "403" || a.reset != "NO_ERROR" {
		t.Errorf("refused: %v", a)
	}
	p.data(3, "ok", true)
	p.run()
	if a := p.answer(3); a.body != "ok" || !a.ended {
		t.Errorf("continue: %v", a)
	}
}

// A reset ends one request, and tells it why.
func TestH2ResetByTheClient(t *testing.T) {
	reasons := make(map[string]error)
	var kept []*web.Request
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		r.NotDoneYet()
		r.NotifyFinish(func(err error) { reasons[r.Path] = err })
		kept = append(kept, r)
	}), web.Config{})
	p.get(1, "/a")
	p.get(3, "/b")
	p.run()
	p.rst(1, h2.Cancel)
	p.run()
	if err := reasons["/a"]; !errors.Is(err, protocol.ErrConnectionLost) {
		t.Errorf("/a ended with %v", err)
	}
	if e, ok := errors.AsType[*h2.Error](reasons["/a"]); !ok || e.Code != h2.Cancel {
		t.Errorf("/a ended with %v", reasons["/a"])
	}
	kept[0].Write([]byte("late"))
	kept[0].Finish()
	io.WriteString(kept[1], "fine")
	kept[1].Finish()
	p.run()
	if a := p.answer(3); a.body != "fine" || reasons["/b"] != nil {
		t.Errorf("/b: %v, %v", a, reasons["/b"])
	}
	if p.answer(1).status != "" || len(p.goaway) > 0 {
		t.Errorf("/a: %v, %v", p.answer(1), p.goaway)
	}
}

// The application can cut a response off without harm to the others.
func TestH2Abort(t *testing.T) {
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		r.Flush()
		r.Abort()
	}), web.Config{})
	p.get(1, "/")
	p.run()
	if a := p.answer(1); a.reset != "INTERNAL_ERROR" || a.ended || p.tr.Disconnecting() {
		t.Errorf("got %v", a)
	}
}

// A response that is shorter than it said is cut off.
func TestH2ShortResponse(t *testing.T) {
	a := h2get(t, web.Func(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Length", "9")
		r.Flush()
		io.WriteString(r, "x")
	}), "/")
	if a.reset != "INTERNAL_ERROR" || a.ended {
		t.Errorf("got %v", a)
	}
}

func TestH2NoUpgrade(t *testing.T) {
	a := h2get(t, web.Func(func(r *web.Request) {
		fmt.Fprint(r, errors.Is(r.Detach(nil), web.ErrNotUpgradable), errors.Is(r.Upgrade(nil), web.ErrNotUpgradable))
	}), "/")
	if a.body != "true true" {
		t.Errorf("got %v", a)
	}
}

// CONNECT is answered by resources, which cannot accept it.
func TestH2Connect(t *testing.T) {
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) {
		if r.Host == "b.example:443" && r.URI == r.Host && r.Path == "" {
			r.Error(403, "")
		}
	}), web.Config{})
	p.fields(1, false, ":method", "CONNECT", ":authority", "b.example:443")
	p.fields(3, false, ":method", "CONNECT", ":authority", "c.example:443")
	p.run()
	if a, b := p.answer(1), p.answer(3); a.status != "403" || b.status != "501" {
		t.Errorf("got %v, %v", a, b)
	}
}

// "Connection: close" of a resource ends the connection behind the answers.
func TestH2ConnectionClose(t *testing.T) {
	p := newH2peer(t, web.Func(func(r *web.Request) { r.ResponseHeader().Set("Connection", "close") }), web.Config{})
	p.get(1, "/")
	p.run()
	if a := p.answer(1); !a.ended || strings.Contains(a.header, "connection") || len(p.goaway) == 0 {
		t.Errorf("got %v, %q", a, p.goaway)
	}
}
