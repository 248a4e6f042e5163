// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"io"
	"runtime/debug"

	"github.com/torsion-go/torsion/core/protocol"
)

func (c *conn) LoseConnection() {
	c.check("reactor: Transport.LoseConnection")
	if upper := c.upper(); upper != nil {
		upper.LoseConnection()
		return
	}
	c.loseConnection()
}

func (c *conn) loseConnection() {
	if c.ended || c.closing {
		return
	}
	c.closing = true
	if b := c.broken(); b != nil {
		c.end(b.reason, false)
		return
	}
	c.receive()
	c.touch()
}

func (c *conn) AbortConnection() {
	c.check("reactor: Transport.AbortConnection")
	if upper := c.upper(); upper != nil {
		upper.AbortConnection()
		return
	}
	c.abortConnection()
}

func (c *conn) abortConnection() { c.end(protocol.Aborted(), true) }

func (c *conn) LoseWriteConnection() {
	c.check("reactor: Transport.LoseWriteConnection")
	if upper := c.upper(); upper == nil {
		c.loseWriteConnection()
	} else if h, ok := protocol.As[protocol.HalfCloseTransport](upper); ok {
		h.LoseWriteConnection()
	}
}

func (c *conn) loseWriteConnection() {
	if c.ended || c.writeClosing {
		return
	}
	c.writeClosing = true
	c.touch()
}

// closeWrite sends the end of stream. When the other direction has ended too, nothing can happen any more, and the connection ends.
func (c *conn) closeWrite() {
	if err := c.stream.CloseWrite(); err != nil {
		if !c.breaks(err) {
			c.lose(lost(err))
		}
		return
	}
	c.writeClosed = true
	if c.half {
		c.writeConnectionLost()
	}
	if c.readClosed && !c.ended {
		c.lose(protocol.Done(io.EOF))
	}
}

func (c *conn) writeConnectionLost() {
	c.in = true
	defer c.leave()
	if h, ok := protocol.As[protocol.HalfCloser](c.proto); ok {
		h.WriteConnectionLost(c.t)
	}
}

// end closes the stream; ConnectionLost follows in the next pass. It may be called from inside a callback. With abort, what is queued is dropped and the
// peer is told.
func (c *conn) end(reason error, abort bool) {
	if c.close(abort) {
		c.loop.later(&goodbye{c, reason})
	}
}

// lose is end with ConnectionLost at once. It is not called from inside a callback. What others wrote in this pass, and was not offered to the system yet, is.
func (c *conn) lose(reason error) {
	c.send() // which ends the connection itself if it fails
	if c.close(false) {
		c.connectionLost(reason)
	}
}

func (c *conn) close(abort bool) bool {
	if c.ended {
		return false
	}
	c.ended = true
	if err := c.stream.Close(abort); err != nil {
		c.log("reactor: cannot close", "error", err)
	}
	if c.out != nil {
		c.dropRiders()
		if !c.filing { // else connectionLost does it
			c.loop.free.putOutbox(c.out)
			c.out = nil
		}
	}
	c.queued, c.lent = 0, false
	return true
}

// A goodbye is for a conn whose stream is closed and whose protocol does not know yet.
type goodbye struct {
	c      *conn
	reason error
}

func (g *goodbye) turn() { g.c.connectionLost(g.reason) }

// connectionLost tells everybody.
func (c *conn) connectionLost(reason error) {
	l := c.loop
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.conns = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.prev, c.next = nil, nil
	if b := c.broken(); b != nil {
		b.over()
	}
	c.loseFiles(reason)
	c.loseProducer(reason)
	c.tellLost(reason)
	c.owner.connectionEnded(c, reason)
}

func (c *conn) loseProducer(reason error) {
	defer c.logPanic()
	c.gate().Lost(reason)
}

func (c *conn) tellLost(reason error) {
	c.in = true
	defer func() { c.in = false }()
	defer c.logPanic()
	c.proto.ConnectionLost(c.t, reason)
}

// panicked ends the connection because its user's code panicked with v.
func (c *conn) panicked(v any) {
	stack := debug.Stack()
	if args, ok := c.loop.r.panicLog(c.loop, v, stack); ok {
		c.log("reactor: panic in a callback: the connection ends", args...)
	}
	c.end(&protocol.PanicError{Value: v, Stack: stack}, true)
}

// logPanic is deferred where the connection has ended already.
func (c *conn) logPanic() {
	if v := recover(); v != nil {
		if args, ok := c.loop.r.panicLog(c.loop, v, debug.Stack()); ok {
			c.log("reactor: panic in a callback of a connection that has ended", args...)
		}
	}
}

// shutDown ends the connection because the reactor stops, when what is queued has left.
func (c *conn) shutDown() {
	if c.ended {
		return
	}
	c.draining = true
	c.receive()
	c.flush()
}
