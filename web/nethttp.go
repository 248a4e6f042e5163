// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Handler makes a Leaf of an http.Handler. Each request runs on a goroutine of its own, which may block: request and response bodies are streamed both ways with bounded
// memory. The URL is the whole one; see [Mounted]. All of http.ResponseController works: flushing, hijacking (HTTP/1 only, as in net/http), deadlines, full duplex; and so do interim
// responses, trailers and the request's context, which ends when the client goes away. A panic is answered as a resource's is, http.ErrAbortHandler silently.
func Handler(h http.Handler) Leaf { return handler{h: h} }

// Mounted is [Handler] for an http.Handler that expects to be at the root: the part of the path that led to it is taken off its URL, as http.StripPrefix does. What is left
// begins with a slash. Request.RequestURI stays whole.
func Mounted(h http.Handler) Leaf { return handler{h, true} }

type handler struct {
	h       http.Handler
	mounted bool
}

func (h handler) IsLeaf() bool { return true }

func (h handler) Render(r *Request) {
	u, err := h.url(r)
	if err != nil {
		r.Error(400, "")
		return
	}
	w := newHandled(r)
	major, minor, _ := http.ParseHTTPVersion(r.Proto)
	req := &http.Request{
		Method: r.Method, URL: u, Proto: r.Proto, ProtoMajor: major, ProtoMinor: minor, Header: make(http.Header, r.Header.Len()), Body: http.NoBody,
		ContentLength: r.ContentLength(), Host: r.Host, RemoteAddr: r.RemoteAddr().String(), RequestURI: r.URI, TLS: r.TLS(), Close: !r.keepAlive,
	}
	for k, v := range r.Header.All() {
		if k = http.CanonicalHeaderKey(k); k != "Host" {
			req.Header[k] = append(req.Header[k], v)
		}
	}
	if r.chunkedBody && major == 1 {
		req.TransferEncoding = []string{"chunked"}
	}
	if req.ContentLength != 0 {
		req.Body = &w.body
		req.Trailer = make(http.Header)
		w.body.trailer = req.Trailer
	}
	// A context of its own: that of r ends when the connection is hijacked.
	ctx, cancel := context.WithCancelCause(context.WithValue(handlerContext, http.LocalAddrContextKey, r.LocalAddr()))
	w.cancel = cancel
	req = req.WithContext(ctx)
	r.NotDoneYet()
	r.extra().handling = true
	r.NotifyFinish(func(err error) {
		if !w.isDetached() {
			cancel(err)
		}
	})
	r.NotifyEnd(func(err error) { w.ended(cmp.Or(err, errOver)) })
	go w.serve(h.h, req) // ends with the handler, whose context ends with the request
}

// handlerContext tells handlers that they run under a server: httputil.ReverseProxy aborts a response that it cannot complete only then.
var handlerContext = context.WithValue(context.Background(), http.ServerContextKey, new(http.Server))

// url returns the URL for the handler.
func (h handler) url(r *Request) (*url.URL, error) {
	if r.Method == "CONNECT" && r.Path == "" {
		return &url.URL{Host: r.Host}, nil
	}
	u, err := url.ParseRequestURI(r.URI)
	if err != nil || !h.mounted || !strings.HasPrefix(r.Path, "/") {
		return u, err
	}
	rest := r.Path[1:]
	for range r.PrePath {
		_, rest, _ = strings.Cut(rest, "/")
	}
	part, err := url.ParseRequestURI("/" + rest)
	if err != nil {
		return nil, err
	}
	u.Path, u.RawPath = part.Path, part.RawPath
	return u, nil
}
