// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"io"
	"runtime/debug"

	"github.com/torsion-go/torsion/core/internal/flow"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
)

// A connection goes through these states, in this order, and may skip some:
//
//	idle ── begin ──▶ handshaking ── completed ──▶ open ── end, abort ──▶ ended ── raw ConnectionLost ──▶ lost
//
// In open, four flags tell how far closing has come: closing (LoseConnection was called), writeClosing (LoseWriteConnection was), sentNotify and gotNotify. Example:
// LoseConnection with 1 MB queued sets closing; when the queue is empty and no producer is left, finish sends close_notify; the peer's close_notify
// then ends the connection, or the timer does.
type state uint8

const (
	idle        state = iota // the handshake has not begun
	handshaking              // plain text waits
	open                     // records flow
	ended                    // the raw transport was told to close; nothing is delivered any more
	lost                     // ConnectionLost was delivered
)

// A conn is one TLS connection: the transport behind upper, which the inner protocol holds. Its other two sides are outer, the Protocol of the raw transport,
// and rawProducer, that transport's producer. Loop only.
type conn struct {
	guard    loopcheck.Guard
	layer    *Layer
	config   *tls.Config
	raw      protocol.Transport
	buffered protocol.BufferedTransport // raw's, or nil
	self     protocol.Transport         // what the inner protocol is given
	inner    protocol.Protocol

	tls  *tls.Conn        // from the first byte of the handshake on
	hs   *handshake       // while it is under way
	host *tls.Certificate // this side's

	input input
	out   *[]byte // records on their way to raw

	pending *[]byte // plain text that waits, from head on
	head    int
	handed  int // plain text given to raw since raw was last empty
	given   int // records given to raw since raw was last empty
	max     int // bound on what waits; 0 is the default
	gate    flow.Gate

	turn   protocol.DelayedCall // a call of onTurn, made once and reused
	timer  protocol.DelayedCall // the handshake's or the close's limit on time
	left   int                  // what was to leave when timer was set
	reason error                // why it ended, as decided here
	depth  int                  // callbacks under way: writes are gathered until the last one returns

	state        state
	rawEOF       bool
	paused       bool // the inner protocol wants no data
	closing      bool
	writeClosing bool
	sentNotify   bool
	gotNotify    bool
	owed         bool // something was written since the producer was last told that nothing waits
	flushing     bool
	pushing      bool
	pumping      bool
	wantPump     bool
	wantWriteEnd bool // WriteConnectionLost is due
	muted        bool // raw cannot send any more
}

// newUpper makes a connection for inner. self is the transport that inner holds already, or nil.
func newUpper(l *Layer, cfg *tls.Config, inner protocol.Protocol, self protocol.Transport) *upper {
	u := &upper{conn: conn{layer: l, config: cfg}}
	if self == nil {
		self = u
	}
	u.Face.Init(&u.conn, self)
	u.conn.Deliver(inner, self)
	return u
}

// Deliver makes p the protocol that is delivered to, with t as its transport.
func (c *conn) Deliver(p protocol.Protocol, t protocol.Transport) {
	c.inner, c.self = p, t
}

// half returns the inner protocol as one that is told of the end of each direction, or nil.
func (c *conn) half() protocol.HalfCloser {
	h, _ := protocol.As[protocol.HalfCloser](c.inner)
	return h
}

// Protocol returns the protocol that is delivered to.
func (c *conn) Protocol() protocol.Protocol { return c.inner }

// Gate returns the producer's gate.
func (c *conn) Gate() *flow.Gate { return &c.gate }

// attach gives c the transport under it.
func (c *conn) attach(raw protocol.Transport) {
	c.raw = raw
	c.guard = loopcheck.New(raw.Loop())
	c.buffered, _ = protocol.As[protocol.BufferedTransport](raw)
}

// begin starts the handshake. The server's first step is to wait, for which it needs no coroutine yet.
func (c *conn) begin() {
	c.state = handshaking
	c.timer = c.raw.Loop().CallLater(c.layer.opt.HandshakeTimeout, c.onTimer)
	c.raw.RegisterProducer((*rawProducer)(c), protocol.PullProducer)
	if c.layer.client {
		c.hello()
	}
}

// enter and leave stand around every call into the inner protocol that comes from raw or a timer: what is written meanwhile is sent in one go.
func (c *conn) enter() { c.depth++ }

func (c *conn) leave() {
	if c.depth--; c.depth > 0 {
		return
	}
	c.flush()
	c.finish()
	if c.state == open && (c.due() || c.writeEndDue() || c.wantPump) {
		c.arm()
	}
}

// arm makes onTurn run in the next turn of the loop.
func (c *conn) arm() {
	switch {
	case c.turn == nil:
		c.turn = c.raw.Loop().CallLater(0, c.onTurn)
	case !c.turn.Active():
		c.turn.Rearm(0)
	}
}

// armOutside is arm where no callback is under way whose end would do the same.
func (c *conn) armOutside() {
	if c.state == open && (c.depth == 0 || c.flushing) {
		c.arm()
	}
}

// onTurn does what could not be done inside a call that the inner protocol made.
func (c *conn) onTurn() {
	defer c.contain()
	c.enter()
	if c.wantPump {
		c.wantPump = false
		c.pump()
		c.settle()
	}
	if c.writeEndDue() && c.state == open {
		c.wantWriteEnd = false
		c.half().WriteConnectionLost(c.self)
		if c.gotNotify && !c.closing {
			c.end(protocol.Done(io.EOF)) // both directions have ended
		}
	}
	c.leave()
}

// writeEndDue reports whether the inner protocol is to be told that its end of stream has left.
func (c *conn) writeEndDue() bool { return c.wantWriteEnd && c.rawQueue() == 0 }

// contain makes a panic in a callback that a timer of ours has caused end this connection only. Those that raw causes are raw's to catch.
func (c *conn) contain() {
	if v := recover(); v != nil {
		c.depth = 0
		c.flushing, c.pushing, c.pumping = false, false, false
		p := &protocol.PanicError{Value: v, Stack: debug.Stack()}
		c.broke(p)
		c.abort(p)
	}
}

// pump reads records and delivers what they hold until there is no whole record left, or the inner protocol has had enough.
func (c *conn) pump() {
	if c.pumping {
		return
	}
	c.pumping = true
	s := scratches.Get().(*scratch)
	connBuffers.lend(c.tls, s.record)
	for c.state == open && !c.gotNotify && !(c.paused && !c.closing) {
		n, err := c.fill(s.plain[:])
		if n > 0 && !c.closing {
			c.inner.DataReceived(c.self, s.plain[:n])
		}
		if err == nil || c.state != open {
			continue
		}
		if err == errWouldBlock {
			if c.rawEOF {
				c.cutOff()
			}
			break
		}
		if err == io.EOF {
			c.peerClosed()
		} else {
			reason := lossOf("read", err)
			c.broke(reason)
			c.end(reason)
		}
	}
	if !connBuffers.reclaim(c.tls) {
		s.record = newRecord()
	}
	scratches.Put(s)
	c.pumping = false
	c.push() // answers to key updates
}

// fill reads from as many records as there are into p, and none in part. An error may come with data.
func (c *conn) fill(p []byte) (n int, err error) {
	for len(p)-n >= maxPlaintext && err == nil {
		if !c.input.next() {
			return n, errWouldBlock
		}
		var m int
		m, err = c.tls.Read(p[n:])
		n += m
	}
	return n, err
}

// settle keeps what was lent and not read.
func (c *conn) settle() {
	if c.gotNotify {
		c.input.drop()
		return
	}
	c.input.keep()
}

var _ memory.Core = (*conn)(nil)
