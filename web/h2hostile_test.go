// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// calm fails unless the connection ended with ENHANCE_YOUR_CALM.
func (p *h2peer) calm() {
	p.t.Helper()
	if len(p.goaway) != 1 || !strings.Contains(p.goaway[0], "ENHANCE_YOUR_CALM") || !p.tr.WriteClosed() && !p.tr.Disconnecting() {
		p.t.Errorf("GOAWAY %q", p.goaway)
	}
	if n := p.site.Stats().Refused; n == 0 {
		p.t.Error("not counted as refused")
	}
}

var never = web.LeafFunc(func(r *web.Request) { r.NotDoneYet() })

// Class 19, CVE-2023-44487: requests that are reset at once.
func TestClass19RapidReset(t *testing.T) {
	n := 0
	p := newH2peer(t, web.LeafFunc(func(r *web.Request) { n++; r.NotDoneYet() }), web.Config{HTTP2: web.HTTP2{Resets: 50}})
	for i := range 1000 {
		p.get(uint32(2*i+1), "/")
		p.rst(uint32(2*i+1), h2.Cancel)
	}
	p.run()
	p.calm()
	if n != 51 {
		t.Errorf("%d requests reached the resource, want 51", n)
	}
}

// A client that resets now and then goes on.
func TestH2ResetsComeBack(t *testing.T) {
	p := newH2peer(t, never, web.Config{HTTP2: web.HTTP2{Resets: 50}})
	for i := range 200 {
		p.get(uint32(2*i+1), "/")
		p.rst(uint32(2*i+1), h2.Cancel)
		p.run()
		p.tr.Clock.Advance(200 * time.Millisecond)
	}
	if len(p.goaway) > 0 {
		t.Errorf("%q", p.goaway)
	}
}

// Class 19: a handler that still runs for a request that was reset counts as one.
func TestClass19HandlersThatStillRunCount(t *testing.T) {
	release := make(chan struct{})
	wait := deferred.New[int](nil)
	pages := map[string]web.Resource{
		"handler":  web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-release })),
		"deferred": web.LeafFunc(func(r *web.Request) { web.Later(r, wait, func(int) {}) }),
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			p := newH2peer(t, page, web.Config{HTTP2: web.HTTP2{Streams: 1}})
			p.get(1, "/")
			p.rst(1, h2.Cancel)
			p.get(3, "/")
			p.run()
			if a := p.answer(3); name == "handler" && a.reset != "REFUSED_STREAM" {
				t.Fatalf("a request beside a handler that runs: %v", a)
			}
			if name != "handler" {
				return // its Deferred was cancelled
			}
			close(release)
			p.tr.Clock.Until(t.Context(), func() bool { return p.tr.Clock.Posted() == 0 && stopped(p) })
		})
	}
}

// stopped reports whether another request is taken.
func stopped(p *h2peer) bool {
	id := uint32(5)
	for p.answers[id] != nil {
		id += 2
	}
	p.get(id, "/")
	out := p.out
	p.out = nil
	p.tr.Feed(out)
	p.read()
	return p.answer(id).reset != "REFUSED_STREAM"
}

// Class 20, CVE-2025-8671: the client has the server reset the streams.
func TestClass20MadeYouReset(t *testing.T) {
	for name, provoke := range map[string]func(p *h2peer, id uint32){
		"window update of 0":     func(p *h2peer, id uint32) { p.window(id, 0) },
		"window overflow":        func(p *h2peer, id uint32) { p.window(id, h2.MaxWindow) },
		"data behind the end":    func(p *h2peer, id uint32) { p.data(id, "x", false) },
		"headers behind the end": func(p *h2peer, id uint32) { p.fields(id, true, "x", "1") },
		"priority of 4": func(p *h2peer, id uint32) {
			p.out = append(p.out, "\x00\x00\x04\x02\x00\x00\x00\x00"+string(byte(id))+"\x00\x00\x00\x00"...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			p := newH2peer(t, web.LeafFunc(func(r *web.Request) { n++; r.NotDoneYet() }), web.Config{HTTP2: web.HTTP2{Resets: 20}})
			for i := range 60 {
				id := uint32(2*i + 1)
				p.get(id, "/")
				provoke(p, id)
			}
			p.run()
			p.calm()
			if n != 21 {
				t.Errorf("%d requests reached the resource, want 21", n)
			}
		})
	}
}

// Class 21, CVE-2024-27316: a header without an end.
func TestClass21ContinuationFlood(t *testing.T) {
	start := h2.AppendHeader(nil, h2.Header{Type: h2.TypeHeaders, Stream: 1})
	for name, payload := range map[string]string{"empty": "", "small": "\x00\x01a\x01b", "large": strings.Repeat("\x00\x01a\x01b", 3000)} {
		t.Run(name, func(t *testing.T) {
			p := newH2peer(t, never, web.Config{})
			p.out = append(p.out, start...)
			for range 2000 {
				p.out = append(h2.AppendHeader(p.out, h2.Header{Length: len(payload), Type: h2.TypeContinuation, Stream: 1}), payload...)
			}
			p.run()
			p.calm()
		})
	}
	p := newH2peer(t, never, web.Config{})
	p.out = append(p.out, start...) // and no more
	p.run()
	advance(p.tr, 21*time.Second)
	if p.read(); len(p.goaway) != 1 || p.site.Stats().TimedOut != 1 {
		t.Errorf("a header that is not sent: %q, %+v", p.goaway, p.site.Stats())
	}
}

// Class 22, CVE-2019-9511 to 9518: frames that are cheap to send.
func TestClass22Floods(t *testing.T) {
	for name, one := range map[string]func(p *h2peer){
		"ping":            func(p *h2peer) { p.out = h2.AppendPing(p.out, [8]byte{}, false) },
		"ping ack":        func(p *h2peer) { p.out = h2.AppendPing(p.out, [8]byte{}, true) },
		"settings":        func(p *h2peer) { p.out = h2.AppendSettings(p.out) },
		"settings ack":    func(p *h2peer) { p.out = h2.AppendSettingsAck(p.out) },
		"empty data":      func(p *h2peer) { p.data(1, "", false) },
		"padding":         func(p *h2peer) { p.out = append(p.out, "\x00\x00\x02\x00\x08\x00\x00\x00\x01\x01\x00"...) },
		"priority":        func(p *h2peer) { p.out = append(p.out, "\x00\x00\x05\x02\x00\x00\x00\x00\x07\x00\x00\x00\x01\x00"...) },
		"priority update": func(p *h2peer) { p.out = h2.AppendPriorityUpdate(p.out, 9, "u=1") },
		"window update":   func(p *h2peer) { p.window(0, 1) },
		"of a stream":     func(p *h2peer) { p.window(1, 1) },
		"unknown":         func(p *h2peer) { p.out = h2.AppendHeader(p.out, h2.Header{Type: 0x77}) },
		"reset of none":   func(p *h2peer) { p.rst(3, h2.Cancel) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newH2peer(t, never, web.Config{})
			p.headers(1, false, "POST", "/")
			p.get(3, "/")
			p.rst(3, h2.Cancel)
			for range 1500 {
				one(p)
			}
			p.run()
			p.calm()
		})
	}
}

// A client that opens small windows all the time does what it must.
func TestH2SmallWindowsAreNoFlood(t *testing.T) {
	big := strings.Repeat("x", 100000)
	tr, site := serve(t, web.Func(func(r *web.Request) { io.WriteString(r, big) }), web.Config{})
	p := h2peerOn(t, tr, site, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 50})
	p.get(1, "/")
	p.run()
	a := p.answer(1)
	for n := len(a.body); !a.ended; n = len(a.body) {
		p.window(0, 50)
		p.window(1, 50)
		if p.run(); len(a.body) == n {
			t.Fatalf("no progress: %v, %q", a, p.goaway)
		}
	}
	if a.body != big {
		t.Errorf("got %v", a)
	}
}

// A client that does not read the answers to its control frames is cut off (class 22).
func TestClass22ControlQueue(t *testing.T) {
	p := newH2peer(t, web.Func(func(r *web.Request) { r.Write(make([]byte, 60000)) }), web.Config{HTTP2: web.HTTP2{Control: 1 << 20}})
	p.window(0, 1<<20)
	p.run()
	p.tr.Stalled = true
	p.get(1, "/")
	p.get(3, "/")
	p.run()
	for range 2000 {
		p.out = h2.AppendPing(p.out, [8]byte{}, false)
	}
	p.tr.Feed(p.out)
	settle(p.tr)
	if !p.tr.Aborted() {
		t.Error("not cut off")
	}
}

// Class 23: a small block that decodes to a large header. What is beyond the limit is not kept, and the table stays right.
func TestClass23HPACKBomb(t *testing.T) {
	p := newH2peer(t, hello, web.Config{})
	pairs := []string{"bomb", strings.Repeat("b", 3900)}
	for range 4000 {
		pairs = append(pairs, "bomb", pairs[1])
	}
	p.get(1, "/", pairs...)
	p.get(3, "/", "bomb", "small")
	p.run()
	if a := p.answer(1); a.status != "431" || !a.ended {
		t.Errorf("got %v", a)
	}
	if a := p.answer(3); a.body != "hello" {
		t.Errorf("the next request: %v", a)
	}
}

// Class 24: a client that does not open the window holds its own response, and not for ever.
func TestClass24ZeroWindow(t *testing.T) {
	for name, trickle := range map[string]int{"nothing": 0, "a byte at a time": 1} {
		t.Run(name, func(t *testing.T) {
			var ended error
			tr, site := serve(t, web.LeafFunc(func(r *web.Request) {
				if r.Path == "/wait" {
					r.NotDoneYet()
					return
				}
				r.NotifyFinish(func(err error) { ended = err })
				r.Stream(func(yield func([]byte, error) bool) {
					for yield(make([]byte, 1000), nil) {
					}
				})
			}), web.Config{Timeouts: web.Timeouts{Write: 10 * time.Second}})
			p := h2peerOn(t, tr, site, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 0})
			p.get(1, "/")
			p.get(3, "/wait")
			p.run()
			for range 25 {
				if trickle > 0 {
					p.window(1, trickle)
				}
				p.run()
				p.tr.Clock.Advance(time.Second)
			}
			p.run()
			if a := p.answer(1); a.reset != "CANCEL" || !errors.Is(ended, protocol.ErrConnectionTimeout) || site.Stats().TimedOut != 1 {
				t.Errorf("got %v, %v, %+v", a, ended, site.Stats())
			}
			if a := p.answer(3); a.reset != "" || len(p.goaway) > 0 {
				t.Errorf("the other: %v, %q", a, p.goaway)
			}
		})
	}
}

// Class 24: nor does the connection's window.
func TestClass24ZeroConnectionWindow(t *testing.T) {
	tr, site := serve(t, web.Func(func(r *web.Request) { r.Write(make([]byte, 100000)) }), web.Config{Timeouts: web.Timeouts{Write: 10 * time.Second}})
	p := h2peerOn(t, tr, site, h2.Setting{ID: h2.SettingInitialWindowSize, Value: 1 << 20})
	p.get(1, "/")
	p.run()
	advance(tr, 25*time.Second)
	if !tr.Aborted() || site.Stats().TimedOut != 1 {
		t.Errorf("aborted %v, %+v", tr.Aborted(), site.Stats())
	}
}

// Class 24: a client that does not read at all.
func TestClass24NotReading(t *testing.T) {
	tr, site := serve(t, web.Func(func(r *web.Request) { r.Write(make([]byte, 60000)) }), web.Config{Timeouts: web.Timeouts{Write: 10 * time.Second}})
	p := h2peerOn(t, tr, site)
	p.run()
	tr.Stalled = true
	p.get(1, "/")
	tr.Feed(p.out)
	advance(tr, 25*time.Second)
	if !tr.Aborted() || site.Stats().TimedOut != 1 {
		t.Errorf("aborted %v, %+v", tr.Aborted(), site.Stats())
	}
}

// Class 25: what could split a request on its way on over HTTP/1 never reaches a resource.
func TestClass25Smuggling(t *testing.T) {
	for name, pairs := range map[string][]string{
		"path":              {":method", "GET", ":scheme", "http", ":path", "/ HTTP/1.1\r\nHost: b\r\n\r\nGET /x", ":authority", "a"},
		"method":            {":method", "GET /x HTTP/1.1\r\n", ":scheme", "http", ":path", "/", ":authority", "a"},
		"authority":         {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a\r\nX: y"},
		"value":             {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x", "1\r\ny: 2"},
		"name":              {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x: 1\r\ny", "2"},
		"transfer-encoding": {":method", "POST", ":scheme", "http", ":path", "/", ":authority", "a", "transfer-encoding", "chunked"},
		"content-length":    {":method", "POST", ":scheme", "http", ":path", "/", ":authority", "a", "content-length", "1", "content-length", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newH2peer(t, web.LeafFunc(func(r *web.Request) { t.Error("reached the resource") }), web.Config{})
			p.fields(1, false, pairs...)
			p.run()
			if a := p.answer(1); a.reset != "PROTOCOL_ERROR" || a.status != "" {
				t.Errorf("got %v", a)
			}
		})
	}
	// Nor does a length that is not that of the content.
	for _, body := range []string{"abc", "abcde"} {
		p := newH2peer(t, echo, web.Config{})
		p.headers(1, false, "POST", "/", "content-length", "4")
		p.data(1, body, true)
		p.run()
		if a := p.answer(1); a.reset != "PROTOCOL_ERROR" || a.status != "" {
			t.Errorf("%q: %v", body, a)
		}
	}
}

// More streams than allowed are refused, in a way that lets the client try again.
func TestH2StreamLimit(t *testing.T) {
	p := newH2peer(t, never, web.Config{})
	for i := range 101 {
		p.get(uint32(2*i+1), "/")
	}
	p.run()
	if a := p.answer(201); a.reset != "REFUSED_STREAM" {
		t.Errorf("the 101st: %v", a)
	}
	if a := p.answer(199); a.reset != "" || len(p.goaway) > 0 {
		t.Errorf("the 100th: %v, %q", a, p.goaway)
	}
}

// Responses that nobody takes are bounded on a connection.
func TestH2Queue(t *testing.T) {
	var ended error
	p := newH2peer(t, web.Func(func(r *web.Request) {
		r.NotifyFinish(func(err error) { ended = err })
		r.NotDoneYet()
		for range 20 {
			r.Write(make([]byte, 10000))
		}
	}), web.Config{Limits: web.Limits{Queue: 100000}})
	p.get(1, "/")
	p.run()
	if a := p.answer(1); a.reset != "INTERNAL_ERROR" || !errors.Is(ended, protocol.ErrBufferOverflow) {
		t.Errorf("got %v, %v", a, ended)
	}
}

// Whatever a client sends, the site survives, answers on other connections, and holds nothing afterwards.
func FuzzH2Site(f *testing.F) {
	p := h2peerOn(nil, nil, nil)
	p.headers(1, false, "POST", "/", "content-length", "5")
	p.data(1, "hello", true)
	p.get(3, "/x")
	f.Add(p.out[len(h2.Preface):])
	f.Fuzz(func(t *testing.T, b []byte) {
		tr, site := serve(t, echo, web.Config{})
		tr.FeedString(h2.Preface)
		for len(b) > 0 {
			n := min(len(b), 1+int(b[0]))
			tr.Feed(b[:n])
			b = b[n:]
			if tr.Disconnecting() {
				break
			}
		}
		settle(tr)
		tr.Lose(protocol.Lost(io.ErrUnexpectedEOF))
		settle(tr)
		if n := site.Stats().Open; n != 0 {
			t.Errorf("%d connections open", n)
		}
		if calls := tr.Clock.Calls(); len(calls) > 0 {
			t.Errorf("%d timers left", len(calls))
		}
	})
}
