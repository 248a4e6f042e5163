// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"crypto/tls"
	"io"
	"net/http/httptrace"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/takeover"
)

// A conn is one connection: idle in its pool, or carrying one exchange, or somebody else's after an upgrade. What has arrived is dealt with in process.
type conn struct {
	pool   *Pool
	t      protocol.Transport
	x      *Exchange // nil between two
	parser h1.ResponseParser
	head   h1.ResponseHead // the last one
	body   h1.Body
	in     []byte               // input that was not consumed; during DataReceived it may be lent
	own    bool                 // in is this connection's own memory
	up     *takeover.Conn       // of the protocol that it was given to
	reason error                // of its loss
	tls    *tls.ConnectionState // nil until it is asked for

	written int64 // bytes of request bodies given to the transport
	mark    int64 // progress at the last look
	used    int   // exchanges begun

	dials      *Exchange              // for which it is being made
	traces     *httptrace.ClientTrace // of the TLS handshake
	two        *h2conn                // has taken over: HTTP/2
	shook      func(err error)        // waits for the handshake; nil if nobody does
	prev, next *conn                  // in the ring of its group, while it is idle

	headed, // the head of the response has come
	keeps, // the server lets the connection persist
	until, // the body ends with the connection
	upgradable,
	news, // the handler was told something since Flush
	full, // the transport asked to pause
	held, // the transport is paused by us
	producing, // registered with the transport
	processing,
	eof,
	closing,
	offers, // HTTP/2 may be chosen
	shaken, // the handshake is complete
	counted, // its end was told to the pool
	lost bool

	again    protocol.DelayedCall // kick; nil before the first
	call     protocol.DelayedCall // the time limit; nil before the first
	deadline time.Time            // zero for none
	headBy   time.Time            // when the head of the response has to be there; zero for no limit
}

func (c *conn) ConnectionMade(t protocol.Transport) {
	c.t = t
	if c.counted { // given up, by an endpoint that cannot be cancelled
		c.closing = true
		t.AbortConnection()
		return
	}
	if tcp, ok := protocol.As[protocol.TCPTransport](t); ok {
		tcp.SetNoDelay(true)
	}
	c.shaking()
}

// fail ends the exchange and the connection.
func (c *conn) fail(err error) {
	x := c.x
	phase := x.Phase()
	c.drop()
	c.pool.failed(x, c.used > 1, phase, err)
}

// close ends the connection when what was written is sent, and drop at once.
func (c *conn) close() { c.end(protocol.Transport.LoseConnection) }

func (c *conn) drop() { c.end(protocol.Transport.AbortConnection) }

func (c *conn) end(how func(protocol.Transport)) {
	c.x, c.in = nil, nil
	c.deadline = time.Time{}
	if c.call != nil {
		c.call.Cancel()
	}
	if c.lost || c.closing || c.t == nil {
		return
	}
	if c.unproduce(); c.two != nil {
		c.two.ending()
	}
	c.closing = true
	how(c.t)
	c.gone()
}

// gone tells the pool, once.
func (c *conn) gone() {
	if !c.counted {
		c.counted = true
		if c.two != nil {
			c.two.gone()
		}
		c.pool.freed(c)
	}
}

// ReadConnectionLost is the end of what the server sends.
func (c *conn) ReadConnectionLost(protocol.Transport) {
	if c.up != nil {
		c.eof = true
		c.handOver()
		return
	}
	if c.eof = true; c.two != nil {
		c.close()
		c.two.lost(protocol.Lost(io.ErrUnexpectedEOF))
		return
	}
	if c.x == nil {
		c.close()
		return
	}
	c.process()
}

// WriteConnectionLost is for the protocol that has taken over.
func (c *conn) WriteConnectionLost(protocol.Transport) {
	if c.up != nil {
		c.up.WriteEnd()
	}
}

func (c *conn) ConnectionLost(_ protocol.Transport, reason error) {
	c.lost, c.reason, c.producing = true, reason, false
	if c.call != nil && c.x == nil {
		c.call.Cancel()
	}
	c.gone()
	c.pool.group.remove(c)
	c.shookHands(reason)
	switch {
	case c.shook != nil:
		c.shook(reason)
	case c.two != nil:
		c.two.lost(reason)
	case c.up != nil:
		c.handOver()
		c.up.Lost(reason)
	case c.x != nil:
		c.process()
	}
}

func (c *conn) upgrade(p protocol.Protocol) {
	c.unproduce()
	c.x, c.up, c.deadline = nil, takeover.New(c.t, p), time.Time{}
	c.pool.group.remove(c)
	if c.call != nil {
		c.call.Cancel()
	}
	if c.held {
		c.held = false
		c.t.Resume()
	}
	c.up.Start()
	if !c.processing && (len(c.in) > 0 || c.eof) {
		c.kick()
	}
}

// handOver gives what has arrived behind the head to the protocol that has taken over.
func (c *conn) handOver() {
	in := c.in
	c.in = nil
	if c.up.Data(in); c.eof {
		c.eof = false
		c.up.ReadEnd()
	}
}

// DiscardBuffered drops the input that was not processed: the connection is being upgraded.
func (c *conn) DiscardBuffered() int {
	n := len(c.in)
	if c.in = nil; c.up != nil {
		n += c.up.Discard()
	}
	return n
}

var (
	_ protocol.Protocol   = (*conn)(nil)
	_ protocol.HalfCloser = (*conn)(nil)
	_ protocol.Producer   = (*conn)(nil)

	_ protocol.BufferDiscarder = (*conn)(nil)
)
