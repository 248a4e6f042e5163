// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// This file has the one timer of a conn, which waits for the other side, or for who is to read.

// await has the time for the head of the response begin.
func (c *conn) await() {
	d := or(c.x.Times.Response, c.pool.cfg.Response)
	if c.headBy = (time.Time{}); d > 0 && c.x.finished {
		c.headBy = c.pool.loop.Now().Add(d)
	}
	c.wait(d)
}

// heard follows input. A server that sends its head byte by byte gains no time by it.
func (c *conn) heard() {
	d := c.between()
	if !c.headed && !c.headBy.IsZero() {
		if left := c.headBy.Sub(c.pool.loop.Now()); d < 0 || left < d {
			d = max(left, 0)
		}
	}
	c.wait(d)
}

func (c *conn) between() time.Duration {
	if c.x == nil {
		return c.pool.cfg.Between
	}
	return or(c.x.Times.Between, c.pool.cfg.Between)
}

// wait has the time limit strike in d, or never if that is negative. The call on the loop is left alone as long as it comes early enough.
func (c *conn) wait(d time.Duration) {
	c.mark = c.progress()
	if d < 0 {
		c.deadline = time.Time{}
		return
	}
	c.deadline = c.pool.loop.Now().Add(d)
	switch {
	case c.call == nil:
		c.call = c.pool.loop.CallLater(d, c.expired)
	case !c.call.Active(), c.call.Time().After(c.deadline):
		c.call.Rearm(d)
	}
}

// waitUnread waits for the end of the time that the response may wait in a Pause, and reports whether there is any left.
func (c *conn) waitUnread() bool {
	left, limited := c.x.unread()
	if !limited {
		left = -1
	} else if left <= 0 {
		return false
	}
	c.wait(left)
	return true
}

// progress grows with what the server takes of a request's body.
func (c *conn) progress() int64 {
	if !c.producing {
		return c.mark
	}
	if b, ok := protocol.As[protocol.BufferedTransport](c.t); ok {
		return c.written - int64(b.Buffered())
	}
	return c.mark
}

func (c *conn) expired() {
	if c.lost || c.closing || c.deadline.IsZero() {
		return
	}
	if left := c.deadline.Sub(c.pool.loop.Now()); left > 0 {
		c.call.Rearm(left)
		return
	}
	switch x := c.x; {
	case x == nil:
		c.close()
	case x.paused && c.waitUnread():
	case x.paused:
		c.fail(errUnread)
	case !x.finished && !c.full, c.full && c.progress() != c.mark: // nobody waits for the server, or it takes some of the request
		c.wait(c.between())
	default:
		c.fail(&protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the server does not answer")})
	}
}
