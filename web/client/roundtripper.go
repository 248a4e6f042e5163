// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// RoundTripper returns the Agent as the Transport of an http.Client. See [NewRoundTripper].
func (a *Agent) RoundTripper() http.RoundTripper { return NewRoundTripper(a) }

// NewRoundTripper returns d as the Transport of an http.Client, which does redirects and cookies itself then. It is safe from any goroutine but d's loop, which it would block. The
// context of a request bounds it to the end of the response's body. Nothing is decoded that d does not decode. After a 101, or 2xx to CONNECT, the Body is an io.ReadWriteCloser;
// an Upgrade asks for HTTP/1.1, and is extended CONNECT (RFC 8441), answered by 2xx, with HTTP2PriorKnowledge only. A
// httptrace.ClientTrace of the context becomes [Request.Trace]: its hooks are called on the loop, which they must not block.
//
// Unlike an http.Transport an [Agent] has time limits and bounds from the start, which [Config] changes: 10 s to wait for a connection of the pool, 30 s to connect, 60 s for the head of the
// response, and 60 s between two parts of a body while the other side is waited for; a goroutine that does not read its Response.Body for 5 min loses it. It has 128 connections for a host, where
// an http.Transport has no bound, and 1024 requests may wait for one of them. A body is not bounded.
func NewRoundTripper(d Doer) http.RoundTripper { return &roundTripper{d} }

type roundTripper struct{ doer Doer }

// A trip is one request of an http.Client.
type trip struct {
	req  *http.Request
	doer Doer
	d    *deferred.Deferred[*Response] // loop only, as is over
	over bool                          // nobody waits
	back chan tripped                  // of 1
}

type tripped struct {
	res *http.Response
	err error
}

var errOnLoop = errors.New("client: RoundTrip would block its loop: use Do there")

func (rt *roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	loop := rt.doer.Loop()
	r, err := request(req)
	if err == nil && loop.OnLoop() {
		err = errOnLoop
	}
	if err == nil {
		err = context.Cause(req.Context())
	}
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	t := &trip{req: req, doer: rt.doer, back: make(chan tripped, 1)}
	loop.CallFromThread(func() { t.begin(r) })
	select {
	case b := <-t.back:
		return b.res, b.err
	case <-req.Context().Done():
		loop.CallFromThread(t.leave)
		return nil, context.Cause(req.Context())
	case <-loop.Done():
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, deferred.ErrLoopEnded
	}
}

func (t *trip) begin(r *Request) {
	if t.over {
		discard(r.Body)
		return
	}
	t.d = t.doer.Do(r)
	t.d.Done(func(res *Response, err error) {
		switch {
		case t.over:
			if err == nil {
				res.StopBody()
			}
		case err != nil:
			t.back <- tripped{err: err}
		default:
			t.answer(res)
		}
		if err != nil {
			discard(r.Body) // a Doer around the Agent may have failed before it
		}
	})
}

// leave is called when nobody waits any more.
func (t *trip) leave() {
	t.over = true
	if t.d != nil {
		t.d.Cancel()
	}
	select {
	case b := <-t.back: // it was too late
		if b.res != nil {
			b.res.Body.Close()
		}
	default:
	}
}

// request makes a Request of one of net/http.
func request(req *http.Request) (*Request, error) {
	switch {
	case req.URL == nil:
		return nil, errors.New("client: nil Request.URL")
	case req.Header == nil:
		return nil, errors.New("client: nil Request.Header")
	}
	r := &Request{Method: req.Method, URL: req.URL, Host: req.Host, Close: req.Close}
	if r.Host == req.URL.Host {
		r.Host = ""
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	for _, name := range sortedKeys(req.Header) {
		switch textproto.CanonicalMIMEHeaderKey(name) {
		case "Expect":
			r.Expect = textproto.TrimString(req.Header.Get(name)) == "100-continue"
			continue
		case "Upgrade":
			r.Upgrade, r.HTTP1 = req.Header.Get(name), true // the caller knows no other answer than 101
			continue
		}
		for _, v := range req.Header[name] {
			r.Header.Add(name, textproto.TrimString(v))
		}
	}
	if req.Body != nil && req.Body != http.NoBody {
		length := req.ContentLength
		if length == 0 {
			length = -1
		}
		r.Body = newHTTPBody(req.Body, length, req.GetBody)
		r.Expect = r.Expect && length != 0
	}
	if len(req.Trailer) > 0 {
		r.Trailer = func() (h web.Header) {
			for _, name := range sortedKeys(req.Trailer) {
				for _, v := range req.Trailer[name] {
					h.Add(name, v)
				}
			}
			return h
		}
	}
	r.Trace = httptrace.ContextClientTrace(req.Context())
	return r, nil
}

func sortedKeys(h http.Header) []string {
	keys := make([]string, 0, len(h))
	for k := range h {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// httpHeader returns h for net/http.
func httpHeader(h *web.Header) http.Header {
	out := make(http.Header, h.Len())
	for k, v := range h.All() {
		k = http.CanonicalHeaderKey(k)
		out[k] = append(out[k], v)
	}
	return out
}

// An httpBody is the body of an http.Request.
type httpBody struct {
	readerBody
	get func() (io.ReadCloser, error)
}

// newHTTPBody returns a Body of rc, a Rewinder if get is not nil.
func newHTTPBody(rc io.ReadCloser, length int64, get func() (io.ReadCloser, error)) Body {
	b := &httpBody{readerBody: readerBody{length: length, open: func() (io.Reader, error) { return rc, nil }, unread: rc}, get: get}
	if get == nil {
		return b
	}
	return rewindableBody{b}
}

type rewindableBody struct{ *httpBody }

func (b rewindableBody) Rewind() (Body, error) {
	rc, err := b.get()
	if err != nil {
		return nil, err
	}
	return newHTTPBody(rc, b.length, b.get), nil
}
