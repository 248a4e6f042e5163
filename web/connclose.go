// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// refuse answers what cannot be understood, or cuts off the answer that is under way, and ends the connection.
func (c *conn) refuse(err error) {
	c.keep = false
	c.site.stats.refused.Add(1)
	c.site.report(c.loop.Now(), c.t, err.Error())
	status := 400
	if e, ok := errors.AsType[*h1.Error](err); ok {
		status = e.Status
	}
	r := c.cur
	if r == nil { // no head was understood, so the body of the answer is sent whatever the method
		r = &Request{Proto: "HTTP/1.1", Method: "-", URI: "-"}
		r.s, r.status, r.declared, r.Received = c, 200, -1, c.loop.Now()
		c.cur, c.began = r, time.Since(epoch)
	}
	if !r.headSent {
		r.endBody(protocol.Violation(err), status)
	}
	c.giveUp(r, status, protocol.Violation(err))
}

// giveUp ends a request that cannot be completed, and the connection: with status if nothing was answered yet.
func (c *conn) giveUp(r *Request, status int, reason error) {
	switch {
	case r.gone:
		return
	case !r.headSent && !r.finished:
		detail := ""
		if e, ok := errors.AsType[*h1.Error](reason); ok {
			detail = e.Reason
		}
		r.Error(status, detail)
		r.Finish()
	case !r.finished:
		c.kill(r, reason)
		return
	}
	c.cur = nil
	c.finish()
}

// kill ends a request and the connection at once.
func (c *conn) kill(r *Request, reason error) {
	c.closing = true
	c.clock.stop()
	c.flush()
	c.t.AbortConnection()
	r.closed(reason)
	c.record(r)
}

// finish ends the connection after everything was answered. The client may still be sending: to close at once would reset the connection, and the reset could overtake
// the answer (RFC 9112 section 9.6). So only the sending side is closed, and for a while what comes is dropped, as far as Limits.Drain allows: the rest is left to the system,
// which holds the client up, so that it looks for the answer.
func (c *conn) finish() {
	if c.lost || c.closing || c.lingering {
		return
	}
	half, ok := protocol.As[protocol.HalfCloseTransport](c.t)
	if !ok || c.eof {
		c.close()
		return
	}
	c.lingering, c.skipped, c.in = true, 0, nil
	c.flush()
	c.t.UnregisterProducer()
	half.LoseWriteConnection()
	c.setReading(true)
	c.clock.set(timeLinger, lingerTime)
}

// lingerTime is how long the client may take to close its side.
const lingerTime = 5 * time.Second

func (c *conn) skip(n int) {
	if c.skipped += int64(n); c.skipped > c.site.config.Limits.Drain {
		c.setReading(false)
	}
}

// close ends the connection when what was written is sent.
func (c *conn) close() {
	if c.lost || c.closing {
		return
	}
	c.closing, c.in = true, nil
	c.flush()
	c.t.UnregisterProducer()
	c.t.LoseConnection()
	c.clock.set(timeClose, c.site.config.Timeouts.Abort)
}

// drain is called when the site is told to end.
func (c *conn) drain() {
	switch r := c.cur; {
	case c.two != nil:
		c.two.drain()
	case c.taken != nil:
		c.taken.drain()
	case c.lost, c.closing, c.lingering:
	case r == nil && !c.parser.Begun():
		c.lastCall()
	case r != nil && !r.headSent: // else the client was told that it may send another, the answer to which is the last one then
		c.keep = false
	}
}

// lastCall waits for a request that may be on its way while the site drains.
func (c *conn) lastCall() {
	switch d := c.site.config.Timeouts.Drain; {
	case c.full, c.again != nil && c.again.Active(): // requests may be here already: settle comes back to this after them
	case d > 0:
		c.clock.set(timeIdle, d)
	default:
		c.close()
	}
}
