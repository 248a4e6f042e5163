// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// HTTPHandler returns the site as an http.Handler, for net/http's servers of any protocol version, its middleware, and httptest: the other direction of [Handler]. Resources render
// on loop, which has to run; each request holds the goroutine that net/http gave it, and two more. Bodies are streamed both ways, with back-pressure. Header, body and log limits
// of the site hold; its timeouts, Drain and Shutdown are the server's matter, and Upgrade fails with ErrNotUpgradable. When the loop has ended the answer is 503.
// Safe from any goroutine.
func (s *Site) HTTPHandler(loop protocol.Loop) http.Handler { return &httpHandler{s, loop} }

type httpHandler struct {
	site *Site
	loop protocol.Loop
}

func (h *httpHandler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	g := newGuest(w, req)
	s := &guestStream{site: h.site, g: g}
	h.loop.CallFromThread(func() { s.begin(h.loop) })
	stop := context.AfterFunc(req.Context(), func() {
		h.loop.CallFromThread(func() { s.lose(context.Cause(req.Context())) })
	})
	defer stop()
	g.run(h.loop.Done())
}

// guestStream is one request under net/http, on the loop.
type guestStream struct {
	site  *Site
	g     *guest
	t     protocol.Transport
	r     *Request
	ended bool // the body has come

	producer protocol.Producer // registered with t
}

// begin renders the request.
func (s *guestStream) begin(loop protocol.Loop) {
	req := s.g.req
	h := h1.Head{
		Method: req.Method, Target: req.RequestURI, Path: req.URL.EscapedPath(), Query: req.URL.RawQuery, Host: req.Host,
		Length: req.ContentLength, Minor: 1, KeepAlive: !req.Close,
	}
	if !req.ProtoAtLeast(1, 1) {
		h.Minor = 0
	}
	switch {
	case h.Method == "CONNECT" && req.URL.Path == "":
		h.Path = ""
	case h.Path != "*" && !strings.HasPrefix(h.Path, "/"): // as http.StripPrefix leaves it
		h.Path = "/" + h.Path
	}
	if h.Target == "" {
		h.Target = req.URL.RequestURI()
	}
	if req.Body == nil || req.Body == http.NoBody {
		h.Length, s.ended = 0, true
	}
	h.Chunked = h.Length < 0
	r := new(Request)
	s.r = r
	bridge.Attach(loop, s.g, s)
	ok := r.begin(&h, s, loop.Now())
	r.Proto = req.Proto
	if r.Header.Add("Host", req.Host); req.Host == "" {
		r.Header = Header{}
	}
	for name, values := range req.Header {
		for _, v := range values {
			if h1.IsToken(name) && h1.IsFieldValue(v) { // what net/http has read is; what a test has made may not be
				r.Header.Add(name, v)
			}
		}
	}
	s.site.stats.requests.Add(1)
	if !ok {
		r.Error(400, "The path is not percent-encoded properly.")
		r.Finish()
		return
	}
	r.protect(func() { s.site.render(r) })
}

// ConnectionMade keeps t.
func (s *guestStream) ConnectionMade(t protocol.Transport) { s.t = t }

// DataReceived is a piece of the request body.
func (s *guestStream) DataReceived(_ protocol.Transport, p []byte) {
	b := s.r.intake
	if b == nil || !s.r.listens() {
		return
	}
	if b.tooLarge(int64(len(p))) {
		s.tooLarge()
		return
	}
	b.received += int64(len(p))
	s.r.protect(func() { b.onData(p) })
}

func (s *guestStream) tooLarge() {
	s.site.stats.refused.Add(1)
	s.site.report(s.t.Loop().Now(), s.t, ErrBodyTooLarge.Error())
	s.r.endBody(ErrBodyTooLarge, 413)
}

// ReadConnectionLost is the end of the request body.
func (s *guestStream) ReadConnectionLost(protocol.Transport) {
	s.ended = true
	err := s.g.readErr()
	if err != nil {
		s.site.stats.refused.Add(1)
		s.r.endBody(protocol.Violation(err), 400)
		return
	}
	for name, values := range s.g.req.Trailer {
		for _, v := range values {
			s.r.Trailer.Add(name, v)
		}
	}
	s.r.endBody(nil, 0)
}

// WriteConnectionLost does not happen.
func (s *guestStream) WriteConnectionLost(protocol.Transport) {}

// ConnectionLost is the end of the response, or of the client.
func (s *guestStream) ConnectionLost(_ protocol.Transport, reason error) { s.gone(reason) }

func (s *guestStream) gone(reason error) {
	if r := s.r; !r.gone && !r.finished {
		r.closed(reason)
		s.record(r)
	}
}

// lose is called when net/http has lost the client. The producer, which t would stop a turn later, is not to find a request that is gone: it might write until it is paused.
func (s *guestStream) lose(reason error) {
	reason = protocol.Lost(reason)
	s.t.AbortConnection()
	if p := s.producer; p != nil {
		s.unregister()
		p.Stop(reason)
	}
	s.gone(reason)
}
