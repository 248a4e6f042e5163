// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// copyMax is the size up to which a piece of body is copied behind its framing rather than written by itself.
const copyMax = 4096

// A desk is where output is put together. A connection has one while there is some: what the requests of one process are answered with leaves in one write.
type desk struct {
	out  []byte
	vec  [3][]byte // for WriteSequence
	body *[]byte   // of gathered, for the next response; nil when it is lent
}

const (
	deskFull = 16384 // bytes of output that are not kept back for what may follow
	deskMax  = 65536 // a desk with more room than that is not used again
)

var desks = sync.Pool{New: func() any { return &desk{out: make([]byte, 0, 4096)} }}

func (c *conn) transport() protocol.Transport { return c.t }

func (c *conn) server() *Site { return c.site }

func (c *conn) open() *desk {
	if c.desk == nil {
		c.desk = desks.Get().(*desk)
	}
	return c.desk
}

// put writes p and tail behind what is on the desk: soon if process is running, else at once.
func (c *conn) put(p, tail []byte) {
	d := c.open()
	if len(p) <= copyMax {
		d.out = append(append(d.out, p...), tail...)
		c.wrote()
		return
	}
	c.desk = nil
	v := append(d.vec[:0], d.out, p, tail)
	c.written += int64(len(d.out) + len(p) + len(tail))
	c.t.WriteSequence(v)
	d.clear()
}

// wrote follows what was appended to the desk.
func (c *conn) wrote() {
	if !c.processing || len(c.desk.out) >= deskFull {
		c.flush()
	}
}

// flush gives what is on the desk to the transport, which copies what it keeps. It precedes all else that the transport is told.
func (c *conn) flush() {
	d := c.desk
	if d == nil {
		return
	}
	c.desk = nil
	if len(d.out) > 0 {
		c.written += int64(len(d.out))
		c.t.Write(d.out)
	}
	d.clear()
}

// clear makes d somebody else's.
func (d *desk) clear() {
	if cap(d.out) <= deskMax {
		d.out, d.vec = d.out[:0], [3][]byte{}
		desks.Put(d)
	}
}

// room returns an empty slice with a capacity of gatherMax.
func (c *conn) room() *[]byte {
	if c.processing {
		if d := c.open(); d.body != nil {
			b := d.body
			d.body = nil
			return b
		}
	}
	return gathered.Get().(*[]byte)
}

// leave takes back what room has returned.
func (c *conn) leave(b *[]byte) {
	if cap(*b) != gatherMax { // an error page may have outgrown it
		return
	}
	if *b = (*b)[:0]; c.desk != nil && c.desk.body == nil {
		c.desk.body = b
		return
	}
	gathered.Put(b)
}

func (c *conn) sendHead(r *Request, body []byte, last bool) {
	phrase := ""
	if r.more != nil {
		phrase = r.more.phrase
	}
	d := c.open()
	b := h1.AppendStatusLine(d.out, r.Status(), phrase)
	b = c.appendFields(b, r)
	b = c.appendFraming(b, r)
	d.out = append(b, '\r', '\n')
	switch {
	case r.bodiless, len(body) == 0:
		c.wrote()
	case r.chunked():
		d.out = h1.AppendChunkHeader(d.out, len(body))
		c.put(body, crlf)
	default:
		c.put(body, nil)
	}
	if !last && !c.processing {
		c.settle()
	}
}

// appendFields appends the header of the resource and what every response has.
func (c *conn) appendFields(b []byte, r *Request) []byte {
	date, server, ctype := false, false, false
	for _, f := range r.header.fields() {
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
	if !server && !date {
		b = append(b, c.site.stamp(c.loop.Now())...)
	} else if !date {
		b = h1.AppendDateField(b, c.loop.Now())
	} else if !server && c.site.config.Server != "-" {
		b = h1.AppendField(b, "Server", c.site.config.Server)
	}
	if !ctype && r.declared != 0 && !noBody(r.Status()) {
		b = h1.AppendField(b, "Content-Type", c.site.config.ContentType)
	}
	return b
}

// chunked reports whether the body of the response is sent in chunks. To HEAD the answer tells what GET's would be.
func (r *Request) chunked() bool { return r.declared < 0 && r.minor == 1 && !noBody(r.Status()) }

// announced returns the Content-Length of the response, -1 if it has none.
func (r *Request) announced() int64 {
	switch {
	case r.status == 204:
		return -1
	case r.status == 205:
		return 0
	case r.status == 304 && r.declared == 0: // the length that 200 would have, if the resource says so
		return -1
	case r.Method == "HEAD" && r.declared == 0 && !r.lengthSet: // the resource wrote nothing because it is HEAD, or has nothing: unknown
		return -1
	}
	return r.declared
}

// appendFraming appends what tells where the response ends (RFC 9112 section 6.3) and whether the connection persists (section 9.3).
func (c *conn) appendFraming(b []byte, r *Request) []byte {
	switch n := r.announced(); {
	case n >= 0:
		b = h1.AppendIntField(b, "Content-Length", n)
	case r.chunked():
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case !r.bodiless:
		c.keep = false // HTTP/1.0: the body ends with the connection
	}
	if c.keep && !c.bodyDone() && c.body.Left() > c.site.config.Limits.Drain {
		c.keep = false
	}
	// Behind a CONNECT that fails there may be what was meant for the other end.
	if r.Method == "CONNECT" {
		c.keep = false
	}
	// A client that was never told to go on may send its body or not: nobody could tell the body from the next request.
	if r.expects && !c.bodyDone() || c.eof && len(c.in) == 0 || c.site.draining.Load() {
		c.keep = false
	}
	switch {
	case !c.keep:
		b = append(b, "Connection: close\r\n"...)
	case r.minor == 0:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	return b
}

func (c *conn) sendBody(r *Request, p []byte) {
	if r.chunked() {
		d := c.open()
		d.out = h1.AppendChunkHeader(d.out, len(p))
		c.put(p, crlf)
	} else {
		c.put(p, nil)
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
	var trailer Header
	if r.more != nil {
		trailer = r.more.trailer
	}
	if trailer.bad() {
		r.complain("web: trailer left out", "error", trailer.Err())
	}
	d := c.open()
	d.out = h1.AppendLastChunk(d.out, trailer.fields())
	c.wrote()
}

func (c *conn) sendInterim(r *Request, status int, h *Header) {
	if r.minor == 0 {
		return
	}
	d := c.open()
	b := h1.AppendStatusLine(d.out, status, "")
	for _, f := range h.fields() {
		b = h1.AppendField(b, f.Name, f.Value)
	}
	d.out = append(b, '\r', '\n')
	c.wrote()
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

// epoch is what conn.began is counted from.
var epoch = time.Now()

func (c *conn) record(r *Request) {
	if c.site.config.AccessLog != nil && r.logAccess(c.began, c.processing) {
		c.noted = true
	}
}

// logAccess tells the access log of a request that began then. During a pass it may be left with what is to be flushed: true.
func (r *Request) logAccess(began time.Duration, pass bool) bool {
	log, noted := r.s.server().config.AccessLog, false
	a := accesses.Get().(*Access)
	*a = Access{
		Time: r.Received, Duration: time.Since(epoch) - began, Remote: r.RemoteAddr(), Method: r.Method, URI: r.URI, Proto: r.Proto, Host: r.Host,
		Status: r.Status(), Bytes: r.sent, Referer: r.Header.Get("Referer"), UserAgent: r.Header.Get("User-Agent"), Request: r,
	}
	if p, ok := log.(passLog); ok && pass {
		p.note(a)
		noted = true
	} else {
		log.LogAccess(a)
	}
	*a = Access{}
	accesses.Put(a)
	return noted
}

func (c *conn) bodyFlow(r *Request) {
	if c.lost || c.cur != r || c.processing {
		return
	}
	c.kick()
	c.settle()
}

func (c *conn) register(p protocol.Producer, mode protocol.ProducerMode) error {
	c.flush()
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
	c.flush()
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
