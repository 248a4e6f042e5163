// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package gateway

import (
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// conn is one connection to a program.
type conn struct {
	t      protocol.Transport
	pool   *pool
	wire   Wire
	x      *exchange // nil while it is idle
	reused bool
	lost   bool
	expiry protocol.DelayedCall // of an idle one
}

func (c *conn) ConnectionMade(t protocol.Transport) {
	c.t = t
	if tcp, ok := protocol.As[protocol.TCPTransport](t); ok {
		tcp.SetNoDelay(true) // requests are written whole; an error only costs latency
	}
}

func (c *conn) DataReceived(_ protocol.Transport, p []byte) {
	if c.x == nil { // nobody has asked
		c.pool.remove(c)
		c.t.AbortConnection()
		return
	}
	c.x.received(p)
}

func (c *conn) ConnectionLost(_ protocol.Transport, reason error) {
	c.lost = true
	if c.x != nil {
		c.x.lost(reason)
		return
	}
	c.pool.remove(c)
}

// idle lets an unused connection live for d.
func (c *conn) idle(d time.Duration) {
	f := func() {
		c.pool.remove(c)
		c.t.LoseConnection()
	}
	switch {
	case c.expiry == nil:
		c.expiry = c.t.Loop().CallLater(d, f)
	default:
		c.expiry.Rearm(d)
	}
}
