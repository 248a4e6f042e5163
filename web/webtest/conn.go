// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest

import (
	"crypto/tls"
	"strings"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// A Config says what a connection is like. The zero Config is one of plain TCP from 192.168.1.1:54321 to 10.0.0.1:12345 with a clock of its own.
type Config struct {
	Local, Remote protocol.Addr        // the zero Addr means those above
	TLS           *tls.ConnectionState // what [web.Request.TLS] returns; nil means that there is none
	HTTP2         bool                 // the client speaks HTTP/2, which ALPN has chosen if there is TLS
	Clock         *protocoltest.Clock  // the loop, for connections that share one; nil means a new one
}

// A Conn is a connection to a site. The test plays its client.
type Conn struct {
	// Clock is the loop of the connection. After moving it call Settle, or use Advance.
	Clock *protocoltest.Clock
	// Transport is the server's end, for what Conn has no method for.
	Transport *protocoltest.StringTransport

	in      []byte // what has come and belongs to no complete response
	waiting []*Response
	two     *client2 // nil for HTTP/1
}

// Connect connects a client to site, or to whatever speaks HTTP. It panics if there is no protocol for it.
func Connect(site protocol.Factory, config Config) *Conn {
	t := protocoltest.NewStringTransport()
	if config.Local.IsValid() {
		t.Local = config.Local
	}
	if config.Remote.IsValid() {
		t.Remote = config.Remote
	}
	if config.Clock != nil {
		t.Clock = config.Clock
	}
	p, err := site.BuildProtocol(t.Remote)
	if err != nil {
		panic("webtest: Connect: " + err.Error())
	}
	c := &Conn{Clock: t.Clock, Transport: t}
	if config.HTTP2 {
		c.two = newClient2("http")
	}
	if config.TLS != nil {
		state := *config.TLS
		if config.HTTP2 {
			state.NegotiatedProtocol = "h2"
			c.two.scheme = "https"
		}
		p = &secured{p, state}
	}
	t.Connect(p)
	if config.HTTP2 {
		c.flush()
		c.Settle()
	}
	return c
}

// Do sends one request to root on a connection of its own and returns the response, as far as it is there when nothing is left to do.
func Do(root web.Resource, req Request) *Response {
	return Connect(web.NewSite(root, web.Config{}), Config{}).Do(req)
}

// Get is [Do] of GET with that target.
func Get(root web.Resource, target string) *Response { return Do(root, Request{Target: target}) }

// Do sends a request and settles. The responses that are still awaited stay so: on a connection of HTTP/1 they come in the order of the requests.
func (c *Conn) Do(req Request) *Response {
	if c.two != nil {
		res := &Response{conn: c, method: req.method()}
		c.two.begin(req, res)
		c.flush()
		c.Settle()
		return res
	}
	return c.send(string(req.append(nil)), &Response{conn: c, method: req.method(), chunked: req.chunked()})
}

// Raw sends text, which is to hold one request, as it stands, and settles. It panics on a connection of HTTP/2.
func (c *Conn) Raw(text string) *Response {
	if c.two != nil {
		panic("webtest: Conn.Raw over HTTP/2: a request is no text there")
	}
	method, _, _ := strings.Cut(text, " ")
	return c.send(text, &Response{conn: c, method: method})
}

func (c *Conn) send(text string, res *Response) *Response {
	c.waiting = append(c.waiting, res)
	c.Transport.FeedString(text)
	c.Settle()
	return res
}

// Settle runs the loop until nothing is left to do at this moment, and brings the responses up to date.
func (c *Conn) Settle() {
	for range 10000 { // a resource that always has something to do does not hold the test up
		c.Clock.Advance(0)
		c.Clock.Settle()
		if c.update(); !c.due() && (c.two == nil || !c.flush()) {
			break
		}
	}
}

func (c *Conn) due() bool {
	if c.Clock.Posted() > 0 {
		return true
	}
	calls := c.Clock.Calls()
	return len(calls) > 0 && !calls[0].Time().After(c.Clock.Now())
}

// Advance moves the time by d and settles.
func (c *Conn) Advance(d time.Duration) {
	c.Clock.Advance(d)
	c.Settle()
}

// StopReading plays a client that takes nothing any more: what the server writes stays in its queue, and its producers are paused.
func (c *Conn) StopReading() { c.Transport.Stalled = true }

// StartReading ends StopReading. The client takes what there is, until the server has no more.
func (c *Conn) StartReading() {
	c.Transport.Stalled = false
	c.Transport.Drain()
	c.Settle()
}

// CloseWrite ends what the client sends. It still reads.
func (c *Conn) CloseWrite() {
	c.Transport.FeedEOF()
	c.Settle()
}

// Lose plays a client that goes away.
func (c *Conn) Lose() {
	c.Transport.Lose(protocol.Lost(syscall.ECONNRESET))
	c.Settle()
}

// Closed reports whether the server has closed the connection, or it was lost.
func (c *Conn) Closed() bool { return c.Transport.Disconnected() }

// Take returns what has come and belongs to no response, and forgets it: that of the protocol after an upgrade, or of a server that writes more than it should.
func (c *Conn) Take() string {
	s := string(c.in)
	c.in = nil
	return s
}

// update reads what has come.
func (c *Conn) update() {
	if !c.Transport.Stalled {
		c.in = append(c.in, c.Transport.Take()...)
	}
	if c.two != nil {
		c.in = c.two.read(c.in)
		return
	}
	for len(c.waiting) > 0 {
		n := c.waiting[0].parse(c.in, c.Closed())
		if !c.waiting[0].Finished {
			if c.Closed() {
				c.waiting = nil
			}
			return
		}
		c.in = c.in[n:]
		c.waiting = c.waiting[1:]
	}
}
