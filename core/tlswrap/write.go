// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"errors"
	"io"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// gatherLimit is how much plain text is merged, in bytes, before it is sent without waiting for the end of the turn. Twisted: BufferingTLSTransport.
const gatherLimit = 64000

// directSize is from which size on a write is encrypted without being gathered first: a whole record.
const directSize = 16384

// Write queues p: during the handshake until it is complete, and afterwards until the callback under way returns, or the next turn of the loop.
func (c *conn) Write(p []byte) (int, error) {
	c.guard.Check("tlswrap: Transport.Write")
	if !c.accepts(len(p)) {
		return 0, net.ErrClosed
	}
	c.send(p)
	c.sent()
	return len(p), nil
}

// WriteSequence writes the slices as if joined.
func (c *conn) WriteSequence(v [][]byte) (int, error) {
	c.guard.Check("tlswrap: Transport.WriteSequence")
	n := 0
	for _, p := range v {
		n += len(p)
	}
	if !c.accepts(n) {
		return 0, net.ErrClosed
	}
	for _, p := range v {
		c.send(p)
	}
	c.sent()
	return n, nil
}

// accepts reports whether n bytes may be written. Those that would pass the bound abort the connection.
func (c *conn) accepts(n int) bool {
	if c.state >= ended || c.muted || c.sentNotify || (c.closing || c.writeClosing) && !c.gate.Registered() {
		return false
	}
	limit := c.max
	if limit == 0 {
		limit = protocol.DefaultMaxBuffered
	}
	if n > limit-c.Buffered() {
		c.layer.counters.overflows.Add(1)
		reason := &protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow}
		c.report("TLS connection aborted", reason)
		c.abort(reason)
		return false
	}
	return true
}

func (c *conn) send(p []byte) {
	if len(p) == 0 {
		return
	}
	c.owed = true
	if len(p) >= directSize && c.state == open && c.waiting() == 0 && !c.flushing && !c.pushing {
		c.flushing = true
		p = p[c.encrypt(p):]
		c.flushing = false
	}
	if len(p) > 0 {
		if c.pending == nil {
			c.pending = getBuffer()
		}
		*c.pending = append(*c.pending, p...)
	}
}

// sent ends a write: it sends what is much, and holds the producer up.
func (c *conn) sent() {
	if c.waiting() >= gatherLimit {
		c.flush()
	}
	c.gate.Filled(c.Buffered())
	if c.due() {
		c.armOutside()
	}
}

// due reports whether flush would get something done.
func (c *conn) due() bool {
	return c.owed && (c.waiting() > 0 && !c.rawFull() || c.waiting() == 0 && c.rawQueue() == 0)
}

// waiting returns how much plain text is not encrypted.
func (c *conn) waiting() int {
	if c.pending == nil {
		return 0
	}
	return len(*c.pending) - c.head
}

// Buffered returns the bytes that were written and have not left, in plain text: what raw still has is counted without the records' overhead.
func (c *conn) Buffered() int { return c.waiting() + min(c.rawQueue(), c.handed) }

// rawQueue returns what raw has to send, at the most: where raw does not tell, everything since it last asked for more.
func (c *conn) rawQueue() int {
	if c.buffered == nil {
		return c.given
	}
	q := c.buffered.Buffered()
	if q == 0 {
		c.given, c.handed = 0, 0
	}
	return q
}

// rawFull reports whether raw has enough: what is written waits in plain text.
func (c *conn) rawFull() bool { return c.rawQueue() > protocol.HighWater }

// SetMaxBuffered sets the bound on Buffered.
func (c *conn) SetMaxBuffered(n int) { c.max = max(n, 0) }

// flush encrypts what waits, as far as raw takes it, and then tells the producer that nothing waits.
func (c *conn) flush() {
	if c.flushing || c.pushing || c.state != open {
		return
	}
	c.flushing = true
	if n := c.waiting(); n > 0 {
		c.head += c.encrypt((*c.pending)[c.head:])
		if c.waiting() == 0 && c.pending != nil {
			putBuffer(c.pending)
			c.pending, c.head = nil, 0
		}
	}
	if c.owed && c.state == open && c.waiting() == 0 && c.rawQueue() == 0 {
		c.owed = false
		c.gate.Drained()
	}
	c.flushing = false
}

// encrypt passes p on to raw, in pieces, until raw is full, and returns how much of it.
func (c *conn) encrypt(p []byte) (n int) {
	for n < len(p) && c.state == open && !c.rawFull() {
		m, err := c.tls.Write(p[n:min(n+gatherLimit, len(p))])
		n += m
		c.handed += m
		c.push()
		if err != nil {
			reason := lossOf("write", err)
			c.broke(reason)
			c.end(reason)
		}
	}
	return n
}

// push gives the records in out to raw.
func (c *conn) push() {
	b := c.out
	if b == nil {
		return
	}
	c.out = nil
	pushing := c.pushing
	c.pushing = true
	c.given += len(*b)
	c.raw.Write(*b)
	c.pushing = pushing
	putBuffer(b)
}

// RegisterProducer puts p in charge. Until the handshake is complete nothing leaves: a push producer is paused when it has written more than
// protocol.HighWater, a pull producer has one piece in store.
func (c *conn) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	c.guard.Check("tlswrap: Transport.RegisterProducer")
	isOpen := c.state < ended && !c.closing && !c.writeClosing
	return c.gate.Register(p, mode, isOpen, c.Buffered())
}

// UnregisterProducer lets go of the producer, for which LoseConnection may have waited.
func (c *conn) UnregisterProducer() {
	if c.gate.Unregister() && (c.closing || c.writeClosing) {
		c.armOutside()
	}
}

// rawProducer is a conn as the producer of the raw transport. It is a pull producer, which is asked whenever nothing waits: a push producer would not learn that
// raw has sent what was less than protocol.HighWater.
type rawProducer conn

// Pause is not called on a pull producer.
func (r *rawProducer) Pause() {}

// Resume goes on: raw is empty.
func (r *rawProducer) Resume() {
	c := (*conn)(r)
	c.given, c.handed = 0, 0
	switch {
	case c.state != open || !c.owed && !c.closing && !c.writeClosing:
	case c.flushing || c.pushing:
		c.arm()
	default:
		c.enter()
		c.leave()
	}
}

// Stop is called when raw cannot send any more. ConnectionLost follows, but raw may be read until then: an alert may be there, and what came before it.
func (r *rawProducer) Stop(reason error) {
	c := (*conn)(r)
	if c.state >= ended || errors.Is(reason, io.EOF) {
		return
	}
	c.muted, c.owed = true, false
	c.pending, c.head = nil, 0
	c.gate.Lost(reason)
	if c.closing {
		c.raw.LoseConnection()
	}
}
