// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
)

// A Response is what has come back for a request so far. Whatever moves its connection on brings it up to date.
type Response struct {
	Status  int    // 0 until the head has come
	Phrase  string // "" over HTTP/2
	Header  http.Header
	Body    string
	Trailer http.Header
	Interim []Interim // the 1xx responses that came before it
	// Finished tells that the whole response is there. One that is cut off by the end of the connection never finishes.
	Finished bool
	// Err tells what is wrong with the response, if it is not one of HTTP, or that its stream was reset.
	Err error

	conn    *Conn
	method  string
	chunked bool     // the request's body
	stream  *stream2 // nil over HTTP/1
	last    bool     // the HTTP/2 response ends with its header
}

// An Interim is a response that is followed by another.
type Interim struct {
	Status int
	Header http.Header
}

// Send sends a piece of the body of a [Request] with Stream and settles.
func (r *Response) Send(p string) {
	if s := r.stream; s != nil {
		s.body = append(s.body, p...)
		s.count(len(p))
		r.conn.pump()
		return
	}
	if r.chunked {
		p = string(appendChunk(nil, p))
	}
	r.conn.Transport.FeedString(p)
	r.conn.Settle()
}

// End ends the body of a [Request] with Stream, with a trailer if it is sent in chunks, and settles.
func (r *Response) End(trailer http.Header) {
	if s := r.stream; s != nil {
		s.end, s.trailer = true, trailer
		r.conn.pump()
		return
	}
	if r.chunked {
		var b bytes.Buffer
		b.WriteString("0\r\n")
		trailer.Write(&b)
		b.WriteString("\r\n")
		r.conn.Transport.Feed(b.Bytes())
	}
	r.conn.Settle()
}

// Wait runs the loop until the response is finished, or the connection closed, and waits for other goroutines meanwhile. The time of the clock stands still. The error is
// that of ctx.
func (r *Response) Wait(ctx context.Context) error {
	return r.conn.Clock.Until(ctx, func() bool {
		r.conn.Settle() // Until runs no call that is due now
		return r.Finished || r.Err != nil || r.conn.Closed()
	})
}

// Cookies returns the cookies that the response sets.
func (r *Response) Cookies() []*http.Cookie { return (&http.Response{Header: r.Header}).Cookies() }

// parse makes of b, which begins with the response, what there is, and returns the length of the response if it is finished.
func (r *Response) parse(b []byte, closed bool) int {
	r.Interim = nil
	rest := bytes.NewReader(b)
	in := bufio.NewReader(rest)
	for {
		if at := len(b) - rest.Len() - in.Buffered(); !bytes.Contains(b[at:], []byte("\r\n\r\n")) {
			return 0 // the head is not complete
		}
		res, err := http.ReadResponse(in, &http.Request{Method: r.method})
		if err != nil {
			r.Err = err
			return 0
		}
		if res.StatusCode/100 == 1 && res.StatusCode != 101 {
			r.Interim = append(r.Interim, Interim{res.StatusCode, res.Header})
			continue
		}
		r.Status, r.Header = res.StatusCode, res.Header
		_, r.Phrase, _ = strings.Cut(res.Status, " ")
		return r.parseBody(res, closed, func() int { return len(b) - rest.Len() - in.Buffered() })
	}
}

func (r *Response) parseBody(res *http.Response, closed bool, consumed func() int) int {
	upgraded := res.StatusCode == 101 || r.method == "CONNECT" && res.StatusCode/100 == 2
	if upgraded {
		r.Finished = true
		return consumed()
	}
	body, err := io.ReadAll(res.Body)
	r.Body, r.Trailer = string(body), res.Trailer
	toTheEnd := res.ContentLength < 0 && len(res.TransferEncoding) == 0 && res.Body != http.NoBody
	switch {
	case err == io.ErrUnexpectedEOF:
	case err != nil:
		r.Err = err
	case toTheEnd:
		r.Finished = closed
	default:
		r.Finished = true
	}
	return consumed()
}
