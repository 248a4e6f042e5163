// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// headBuffers recycles the memory in which heads, with small bodies after them, are put together.
var headBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// copyMax is the size up to which a piece of body is copied behind its framing rather than written by itself.
const copyMax = 4096

func (c *conn) transport() protocol.Transport { return c.t }

// write gives bytes to the transport, which copies what it keeps.
func (c *conn) write(p []byte) {
	c.written += int64(len(p))
	c.t.Write(p)
}

func (c *conn) sendHead(r *Request, body []byte, last bool) {
	buf := headBuffers.Get().(*[]byte)
	b := h1.AppendStatusLine((*buf)[:0], r.status, r.phrase)
	b = c.appendFields(b, r)
	b = c.appendFraming(b, r)
	b = append(b, '\r', '\n')
	if r.bodiless {
		body = nil
	}
	switch {
	case len(body) == 0:
		c.write(b)
	case r.chunked() && len(body) <= copyMax:
		b = h1.AppendChunkHeader(b, len(body))
		b = append(append(b, body...), '\r', '\n')
		c.write(b)
	case r.chunked():
		b = h1.AppendChunkHeader(b, len(body))
		c.writeParts(b, body, crlf)
	case len(body) <= copyMax:
		b = append(b, body...)
		c.write(b)
	default:
		c.writeParts(b, body, nil)
	}
	if cap(b) <= 16384 {
		*buf = b[:0]
		headBuffers.Put(buf)
	}
	if !last && !c.processing {
		c.settle()
	}
}

func (c *conn) writeParts(a, b, e []byte) {
	c.written += int64(len(a) + len(b) + len(e))
	c.vec = [3][]byte{a, b, e}
	n := 3
	if e == nil {
		n = 2
	}
	c.t.WriteSequence(c.vec[:n])
	c.vec = [3][]byte{}
}

// appendFields appends the header of the resource and what every response has.
func (c *conn) appendFields(b []byte, r *Request) []byte {
	date, server, ctype := false, c.site.config.Server == "-", false
	for _, f := range r.header.fields {
		switch len(f.Name) {
		case 4:
			date = date || h1.EqualFold(f.Name, "Date")
		case 6:
			server = server || h1.EqualFold(f.Name, "Server")
		case 10:
			if h1.EqualFold(f.Name, "Connection") {
				h1.Tokens(f.Value, func(t string) bool {
					if h1.EqualFold(t, "close") {
						c.keep = false
					}
					return true
				})
				continue
			}
		case 12:
			ctype = ctype || h1.EqualFold(f.Name, "Content-Type")
		case 17:
			if h1.EqualFold(f.Name, "Transfer-Encoding") {
				continue
			}
		}
		b = h1.AppendField(b, f.Name, f.Value)
	}
	if !server {
		b = h1.AppendField(b, "Server", c.site.config.Server)
	}
	if !date {
		b = append(b, c.site.dateLine(c.loop.Now())...)
	}
	if !ctype && r.declared != 0 && !noBody(r.status) {
		b = h1.AppendField(b, "Content-Type", c.site.config.ContentType)
	}
	return b
}

// chunked reports whether the body of the response is sent in chunks. To HEAD the answer tells what GET's would be.
func (r *Request) chunked() bool { return r.declared < 0 && r.head.Minor == 1 && !noBody(r.status) }

// appendFraming appends what tells where the response ends (RFC 9112 section 6.3) and whether the connection persists (section 9.3).
func (c *conn) appendFraming(b []byte, r *Request) []byte {
	switch {
	case r.status == 204:
	case r.status == 205:
		b = append(b, "Content-Length: 0\r\n"...)
	case r.status == 304:
		if r.declared > 0 { // the length that 200 would have, if the resource says so
			b = h1.AppendIntField(b, "Content-Length", r.declared)
		}
	case r.Method == "HEAD" && r.declared == 0 && !r.lengthSet: // the resource wrote nothing because it is HEAD, or has nothing: unknown
	case r.declared >= 0:
		b = h1.AppendIntField(b, "Content-Length", r.declared)
	case r.chunked():
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case !r.bodiless:
		c.keep = false // HTTP/1.0: the body ends with the connection
	}
	if c.keep && !c.body.Done() && c.body.Left() > c.limits.Drain {
		c.keep = false
	}
	// A client that was never told to go on may send its body or not: nobody could tell the body from the next request.
	if r.head.Continue && !c.body.Done() || c.eof && len(c.in) == 0 || c.site.draining.Load() {
		c.keep = false
	}
	switch {
	case !c.keep:
		b = append(b, "Connection: close\r\n"...)
	case r.head.Minor == 0:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	return b
}

func (c *conn) sendBody(r *Request, p []byte) {
	switch {
	case !r.chunked():
		c.write(p)
	case len(p) <= copyMax:
		buf := headBuffers.Get().(*[]byte)
		b := h1.AppendChunkHeader((*buf)[:0], len(p))
		b = append(append(b, p...), '\r', '\n')
		c.write(b)
		*buf = b[:0]
		headBuffers.Put(buf)
	default:
		buf := headBuffers.Get().(*[]byte)
		b := h1.AppendChunkHeader((*buf)[:0], len(p))
		c.writeParts(b, p, crlf)
		*buf = b[:0]
		headBuffers.Put(buf)
	}
	if !c.processing {
		c.clock.watch()
	}
}

var crlf = []byte("\r\n")

func (c *conn) sendEnd(r *Request) {
	if !r.chunked() || r.bodiless {
		return
	}
	if r.trailer.err != nil {
		c.site.log.Error("web: trailer left out", "uri", r.URI, "error", r.trailer.err)
	}
	buf := headBuffers.Get().(*[]byte)
	b := h1.AppendLastChunk((*buf)[:0], r.trailer.fields)
	c.write(b)
	*buf = b[:0]
	headBuffers.Put(buf)
}

func (c *conn) sendInterim(r *Request, status int, h *Header) {
	if r.head.Minor == 0 {
		return
	}
	b := h1.AppendStatusLine(nil, status, "")
	for _, f := range h.fields {
		b = h1.AppendField(b, f.Name, f.Value)
	}
	c.write(append(b, '\r', '\n'))
}

func (c *conn) responded(r *Request) {
	c.record(r)
	r.tell(nil)
	if c.lost || c.cur != r || c.processing {
		return
	}
	c.kick() // not from here: the next request's resource must not run inside the call of Finish
	if c.keep {
		c.settle()
	}
}

func (c *conn) record(r *Request) {
	log := c.site.config.AccessLog
	if log == nil {
		return
	}
	a := Access{
		Time: r.Received, Duration: time.Since(r.began), Remote: c.t.RemoteAddr(), Method: r.Method, URI: r.URI, Proto: r.Proto, Host: r.Host,
		Status: r.status, Bytes: r.sent, Referer: r.Header.Get("Referer"), UserAgent: r.Header.Get("User-Agent"),
	}
	log.LogAccess(&a)
}

func (c *conn) bodyFlow(r *Request) {
	if c.lost || c.cur != r || c.processing {
		return
	}
	c.kick()
	c.settle()
}

func (c *conn) register(p protocol.Producer, mode protocol.ProducerMode) error {
	c.t.UnregisterProducer()
	c.full = false
	if err := c.t.RegisterProducer(p, mode); err != nil {
		return err
	}
	if !c.processing {
		c.clock.watch()
	}
	return nil
}

func (c *conn) unregister() {
	if c.lost || c.closing {
		return
	}
	c.t.UnregisterProducer()
	c.full = false
	c.t.RegisterProducer(c, protocol.PushProducer)
}

func (c *conn) abort(r *Request) {
	if c.cur == r && !c.closing {
		c.kill(r, protocol.Aborted())
	}
}

// Pause is called by the transport when the client does not take what was written.
func (c *conn) Pause() { c.full = true }

// Resume is called by the transport when everything has left.
func (c *conn) Resume() {
	c.resumes++
	if !c.full {
		return
	}
	c.full = false
	if !c.lost && !c.closing && !c.lingering && !c.processing {
		c.kick()
	}
}

// Stop is called by the transport when the connection is gone; ConnectionLost follows.
func (c *conn) Stop(error) {}
