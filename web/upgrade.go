// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/takeover"
)

// ErrNotUpgradable is returned by [Request.Upgrade] and [Request.Detach] for a request whose connection cannot be taken: one of HTTP/2 other than CONNECT, one with a body that was not
// read to its end, one whose response has begun; and by Upgrade where the client did not ask for another protocol.
var ErrNotUpgradable = errors.New("web: the connection cannot be taken over")

// Upgrade answers 101 Switching Protocols with the response header as it was set, to CONNECT 200, and makes p the protocol of the connection: see [Request.Detach]. Connection is supplied,
// and Upgrade too if it is missing: the first protocol that the client named. The client has to have asked, by Upgrade and Connection in HTTP/1.1 or by CONNECT; what it asks
// for is for the caller to judge: see [Request.Protocol]. Over HTTP/2 the client asks by CONNECT, plain or extended (RFC 8441), the answer is 200, and p gets the stream. The errors are those of Detach; nothing is sent then. Twisted: the switch of protocols in websocket servers (RFC 9110 sections 7.8 and 9.3.6).
func (r *Request) Upgrade(p protocol.Protocol) error {
	if s, ok := r.s.(*h2stream); ok {
		return s.take(r, p)
	}
	c, err := r.takeable()
	switch {
	case err != nil:
		return err
	case r.header.bad():
		return r.header.Err()
	case r.Method == "CONNECT":
		if r.status > 299 {
			r.status = 200
		}
	case r.minor == 0, r.Header.Get("Upgrade") == "", !hasToken(&r.Header, "Connection", "upgrade"):
		return ErrNotUpgradable
	default:
		if r.header.Get("Upgrade") == "" {
			r.header.Set("Upgrade", r.Protocol())
		}
		r.SetStatus(200) // without a phrase
		r.status = 101
	}
	r.header.Del("Content-Length")
	r.declared = 0 // no Content-Type either
	d := c.open()
	b := h1.AppendStatusLine(d.out, r.Status(), "")
	b = c.appendFields(b, r)
	if r.status == 101 {
		b = append(b, "Connection: Upgrade\r\n"...)
	}
	d.out = append(b, '\r', '\n')
	c.take(r, p)
	return nil
}

// Detach makes p the protocol of the connection, and sends nothing: the answer is p's business. It is the end of the request, and of all that the site does for the connection:
// its time limits, Drain and Shutdown no longer concern it, and it no longer counts as open, unless p is a [Drainer]. ConnectionMade is called soon, not inside Detach, and outside of the
// resource; then comes the input that had been read behind the request, and everything that follows. A p that takes part in half-close is told of it.
// The error is ErrNotUpgradable, or net.ErrClosed if the client is gone. The access log tells of status 101.
//
// Over HTTP/2, where nothing but a head can open a stream for data, Detach is [Request.Upgrade]: p gets the stream of a CONNECT. LoseConnection of its transport is END_STREAM, and
// AbortConnection RST_STREAM with CANCEL; what waits to be sent, and the half-close, are those of the stream; the connection stays, and is only sent a PING when it is silent
// for HTTP2.Ping.
func (r *Request) Detach(p protocol.Protocol) error {
	if s, ok := r.s.(*h2stream); ok {
		return s.take(r, p)
	}
	c, err := r.takeable()
	if err != nil {
		return err
	}
	r.status = 101
	c.take(r, p)
	return nil
}

// hasToken reports whether the field has token, in any case, among its elements.
func hasToken(h *Header, name, token string) bool {
	for t := range h.Tokens(name) {
		if h1.EqualFold(t, token) {
			return true
		}
	}
	return false
}

// takeable returns the connection of a request that nothing was answered to.
func (r *Request) takeable() (*conn, error) {
	c, ok := r.s.(*conn)
	switch {
	case r.gone:
		return nil, net.ErrClosed
	case !ok, c.cur != r, c.closing, c.lingering, r.headSent, r.finished, r.producing, !c.bodyDone(), r.listens():
		return nil, ErrNotUpgradable
	}
	return c, nil
}

// take gives the connection to p. What r has answered is on the desk.
func (c *conn) take(r *Request, p protocol.Protocol) {
	r.dropGathered()
	c.flush()
	u := &taken{Conn: takeover.New(c.t, p)}
	c.taken, c.cur, c.body = u, nil, nil
	c.old, c.slab, c.parser = nil, nil, h1.Parser{Limits: &c.site.limits} // which holds the head
	c.clock.stop()
	c.clock.call = nil
	if u.drainer, _ = protocol.As[Drainer](p); u.drainer == nil {
		c.site.remove(c)
	}
	c.site.stats.upgraded.Add(1)
	c.t.UnregisterProducer()
	if b, ok := protocol.As[protocol.BufferedTransport](c.t); ok && c.site.config.Limits.Queue > 0 {
		b.SetMaxBuffered(0) // what the site allows for its responses is not for p
	}
	r.headSent, r.finished = true, true
	c.record(r)
	r.tell(nil)
	if !c.processing { // else it goes on from there
		c.kick()
	}
}

// handOver begins to serve the protocol of u, with what has arrived.
func (c *conn) handOver(u *taken) {
	in := c.in
	c.in = nil
	c.setReading(true)
	u.Start()
	if c.site.draining.Load() {
		u.drain()
	}
	u.Data(in)
	if c.eof {
		u.ReadEnd()
	}
}

// taken is a connection that belongs to another protocol.
type taken struct {
	*takeover.Conn
	drainer Drainer
}
