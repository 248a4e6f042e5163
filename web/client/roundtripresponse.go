// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/web"
)

// answer hands the response to the goroutine that waits.
func (t *trip) answer(res *Response) {
	out := httpResponse(res, t.req)
	if res.Status == 101 || res.Status < 300 && (t.req.Method == http.MethodConnect || t.req.Header.Get("Upgrade") != "" && res.Proto == "HTTP/2.0") {
		err := res.Upgrade(bridge.NewProtocol(func(c *bridge.Conn) { out.Body = c }, nil))
		t.back <- tripped{out, err}
		return
	}
	if t.req.Method == http.MethodHead || res.Length == 0 {
		res.StopBody()
		t.back <- tripped{res: out}
		return
	}
	b := &tripBody{bodyReader: res.reader(), res: out, from: res}
	if ctx := t.req.Context(); ctx.Done() != nil {
		b.mu.Lock() // it may be over already, and fail be called by now
		stop := context.AfterFunc(ctx, func() {
			if b.fail(context.Cause(ctx)) {
				b.loop.CallFromThread(res.StopBody)
			}
		})
		b.atEnd = func() { stop() }
		b.mu.Unlock()
	}
	out.Body = b
	t.back <- tripped{res: out}
}

// httpResponse returns res for net/http, without its body.
func httpResponse(res *Response, req *http.Request) *http.Response {
	status := strconv.Itoa(res.Status)
	if res.Phrase != "" {
		status += " " + res.Phrase
	} else if text := http.StatusText(res.Status); text != "" {
		status += " " + text
	}
	out := &http.Response{
		Status: status, StatusCode: res.Status, Proto: res.Proto, ProtoMajor: 1, Header: httpHeader(&res.Header),
		Body: http.NoBody, ContentLength: res.Length, Request: req, TLS: res.TLS,
	}
	switch res.Proto {
	case "HTTP/1.1":
		out.ProtoMinor = 1
	case "HTTP/2.0":
		out.ProtoMajor = 2
	}
	for k, v := range res.Conn.All() {
		switch k = http.CanonicalHeaderKey(k); k {
		case "Transfer-Encoding":
			out.TransferEncoding = []string{v}
		default:
			out.Header[k] = append(out.Header[k], v)
		}
	}
	out.Close = slices.Contains(slices.Collect(res.Conn.Tokens("Connection")), "close") || res.UntilClose
	for name := range res.Header.Tokens("Trailer") {
		if out.Trailer == nil {
			out.Trailer = make(http.Header)
		}
		out.Trailer[http.CanonicalHeaderKey(name)] = nil
	}
	out.Header.Del("Trailer")
	return out
}

// A tripBody is the Body of an http.Response, which fills in the Trailer at its end.
type tripBody struct {
	*bodyReader
	res  *http.Response
	from *Response
	done bool
}

func (b *tripBody) Read(p []byte) (int, error) {
	n, err := b.bodyReader.Read(p)
	if err == io.EOF && !b.done {
		b.done = true
		setTrailer(b.res, b.from.Trailer())
	}
	return n, err
}

// setTrailer is called when the body has ended, after which the loop does not touch h.
func setTrailer(res *http.Response, h *web.Header) {
	for k, v := range h.All() {
		if res.Trailer == nil {
			res.Trailer = make(http.Header)
		}
		k = http.CanonicalHeaderKey(k)
		res.Trailer[k] = append(res.Trailer[k], v)
	}
}
