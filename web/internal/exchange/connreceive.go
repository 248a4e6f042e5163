// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"errors"
	"io"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// This file has the receiving half of a conn: input, head, body and end of a response.

func (c *conn) DataReceived(_ protocol.Transport, p []byte) {
	switch {
	case c.two != nil:
		c.two.received(p)
		return
	case c.up != nil:
		c.handOver()
		c.up.Data(p)
		return
	case c.lost || c.closing:
		return
	case len(c.in) > 0:
		c.in = append(c.in, p...)
		c.own = true
	default:
		c.in, c.own = p, false
	}
	if x := c.x; x != nil {
		if x.heardFirst(); c.x == x {
			c.heard()
		}
	}
	c.process()
	if !c.own && len(c.in) > 0 {
		c.in, c.own = append([]byte(nil), c.in...), true
	} else if len(c.in) == 0 {
		c.in, c.own = nil, false
	}
}

func (c *conn) process() {
	if c.processing {
		return
	}
	c.processing = true
	for c.step() {
	}
	if c.x != nil && !c.x.paused && (c.eof || c.lost) {
		c.ended()
	}
	if x := c.x; x != nil && c.news {
		c.news = false
		x.Handler.Flush()
	}
	c.processing = false
	c.settle()
}

// step does one thing and reports whether there may be more to do.
func (c *conn) step() bool {
	switch x := c.x; {
	case c.up != nil:
		c.handOver()
	case x == nil && len(c.in) > 0 && !c.closing && !c.lost: // on an idle connection, or behind a response: it could be taken for the next one
		c.drop()
	case x == nil || x.paused:
	case !c.headed:
		return c.stepHead(x)
	default:
		return c.stepBody(x)
	}
	return false
}

// interimMax is how many heads with a status of 1xx an answer may have.
const interimMax = 32

func (c *conn) stepHead(x *Exchange) bool {
	h := &c.head
	n, err := c.parser.Parse(c.in, h)
	if n == 0 && err == nil {
		return false
	}
	if err == nil && h.Status == 101 && (x.Request.Upgrade == "" || !x.finished) {
		err = errSwitch
	}
	if x.interims++; err == nil && h.Interim() && x.interims > interimMax {
		err = errInterims
	}
	if err != nil {
		c.fail(protocol.Violation(err))
		return false
	}
	c.in = c.in[n:]
	if h.Interim() {
		c.news = true
		if x.finished {
			c.await()
		}
		x.Handler.Interim(h)
		return c.x == x
	}
	c.headed, c.news = true, true
	c.wait(c.between())
	c.keeps, c.until = h.KeepAlive && !x.Close, h.UntilClose(x.Method)
	c.upgradable = h.Status == 101 || x.Method == "CONNECT" && h.Status < 300
	c.body = h1.NewResponseBody(h, x.Method, &c.pool.cfg.Limits)
	x.Handler.Response(h)
	if c.x == x && c.upgradable && !x.paused { // it was to be taken
		c.fail(protocol.Violation(errSwitch))
		return false
	}
	return true
}

func (c *conn) stepBody(x *Exchange) bool {
	if c.upgradable {
		c.fail(protocol.Violation(errSwitch))
		return false
	}
	if c.body.Done() {
		c.complete(x)
		return true
	}
	data, n, err := c.body.Next(c.in)
	c.in = c.in[n:]
	if err != nil {
		c.fail(protocol.Violation(err))
		return false
	}
	if len(data) > 0 {
		c.news = true
		x.Handler.Data(data)
	}
	return c.x == x && (n > 0 || c.body.Done())
}

// complete ends x with the last byte of its response. The connection is kept only if both sides are at the end of their messages and nothing else has come.
func (c *conn) complete(x *Exchange) {
	x.Trailer = c.body.Trailer
	c.x, x.c = nil, nil
	c.unproduce()
	switch finished := x.whole(); {
	case c.keeps && finished && !c.full && !c.until && len(c.in) == 0 && !c.eof && !c.lost:
		c.pool.keep(c)
	case finished && !c.full:
		c.close()
	default: // nobody needs the rest of the request
		c.drop()
	}
	x.putIdle(c)
	x.end(nil)
}

// ended is the end of the server's data.
func (c *conn) ended() {
	x := c.x
	switch clean := !c.lost || errors.Is(c.reason, protocol.ErrConnectionDone); {
	case c.headed && c.until && clean:
		c.complete(x)
	case c.lost && !clean:
		c.fail(c.reason)
	default:
		c.fail(protocol.Lost(io.ErrUnexpectedEOF))
	}
}

// settle tells the transport whether to read.
func (c *conn) settle() {
	if c.lost || c.closing || c.up != nil {
		return
	}
	if held := c.x != nil && c.x.paused; held != c.held {
		if c.held = held; held {
			c.t.Pause()
			c.waitUnread()
		} else {
			c.t.Resume()
		}
	}
}

// kick has process called in the loop's next pass.
func (c *conn) kick() {
	switch {
	case c.again == nil:
		c.again = c.pool.loop.CallLater(0, c.process)
	case !c.again.Active():
		c.again.Rearm(0)
	}
}
