// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// Ping sends a Ping with p, which the peer sends back: see [PongHandler]. Connections are kept alive, and the loss of the peer is noticed, without it: see Options.Ping. The error is [ErrControl], [ErrSlow] or
// net.ErrClosed.
func (c *Conn) Ping(p []byte) error {
	if len(p) > 125 {
		return ErrControl
	}
	if err := c.sendable(len(p) + 2); err != nil {
		return err
	}
	c.control(ws.Ping, p)
	return nil
}

// control sends a Ping or a Pong.
func (c *Conn) control(op ws.Opcode, p []byte) {
	b := scratch.Get().(*[]byte)
	if op == ws.Ping {
		*b = c.writer.AppendPing((*b)[:0], p)
	} else {
		*b = c.writer.AppendPong((*b)[:0], p)
	}
	c.write(*b)
	recycle(b)
}

// pong answers a Ping: at once, or, if the peer does not read, only the last one of many (RFC 6455 section 5.5.3).
func (c *Conn) pong(p []byte) {
	switch {
	case c.stage >= stageClosed:
	case c.full:
		x := c.extra()
		x.pong, x.pongs = append(x.pong[:0], p...), true
	default:
		c.control(ws.Pong, p)
	}
}

// tick is called when the time for something is over. It is the one timer of a connection, and is left alone when something comes: that is seen here.
func (c *Conn) tick() {
	left, partial := c.left()
	switch {
	case c.lost:
	case c.stage != stageOpen:
		if x := c.x; c.stage == stageEnding && x != nil && x.got && c.writer.Role == ws.Client && !x.leaving {
			x.leaving = true // the server should have closed: close ourselves, and that has its limit too
			c.t.UnregisterProducer()
			c.t.LoseConnection()
			c.timer.Rearm(c.set.CloseTimeout)
			return
		}
		c.timedOut()
	case partial && left <= 0:
		c.tooMuch(&CloseError{Code: PolicyViolation, Reason: "the message takes too long", Err: errLate})
	case c.heard || c.paused || c.set.Ping < 0: // while it is paused nothing can be heard
		c.heard, c.pinged = false, false
		c.unwatch()
		c.rest(c.set.Ping)
	case c.pinged && !c.progress():
		c.timedOut()
	case c.pinged:
		c.rest(c.set.Pong)
	default:
		c.pinged = true
		c.watch()
		c.control(ws.Ping, nil)
		c.rest(c.set.Pong)
	}
}

// watch begins to count what leaves, if the Ping has to wait behind other things: a peer that takes those is alive although it cannot answer yet.
func (c *Conn) watch() {
	if c.queue != nil && c.queue.Buffered() > protocol.HighWater {
		x := c.extra()
		x.watching, x.written = true, int64(c.queue.Buffered())
		x.left = 0
	}
}

func (c *Conn) unwatch() {
	if c.x != nil {
		c.x.watching = false
	}
}

// progress reports whether something has left since the last time.
func (c *Conn) progress() bool {
	x := c.x
	if x == nil || !x.watching {
		return false
	}
	left := x.written - int64(c.queue.Buffered())
	more := left > x.left
	x.left = left
	return more
}
