// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"slices"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// violated ends the connection because of what the client has sent.
func (c *h2conn) violated(err error) {
	c.site.stats.refused.Add(1)
	c.site.report(c.loop.Now(), c.t, err.Error())
	code, reason := h2.ProtocolError, ""
	if e, ok := errors.AsType[*h2.Error](err); ok {
		code, reason = e.Code, e.Reason
	}
	c.goAway(code, reason)
	c.finish()
	c.endAll(protocol.Violation(err))
}

// goAway tells the client that this is the end.
func (c *h2conn) goAway(code h2.Code, reason string) {
	c.leaving = true
	c.m.GoAway(code, false, reason)
}

// endAll ends the requests that are not answered.
func (c *h2conn) endAll(reason error) {
	for _, st := range slices.Clone(c.m.Streams()) {
		c.endStream(st, reason)
	}
}

// endStream ends a request, or a tunnel, without a word to the client.
func (c *h2conn) endStream(st *h2.Stream, reason error) {
	if st.Drop(); st.Tunnelled() != nil {
		st.Tunnelled().Lost(reason)
		return
	}
	st.Owner.(*h2stream).ended(reason)
}

// fail aborts the connection.
func (c *h2conn) fail(reason error) {
	if c.closing {
		return
	}
	c.site.report(c.loop.Now(), c.t, reason.Error())
	c.closing = true
	c.clock.stop()
	c.t.AbortConnection()
	c.endAll(reason)
}

// finish ends the connection after everything was answered, as conn.finish does.
func (c *h2conn) finish() {
	if c.over() {
		return
	}
	half, ok := protocol.As[protocol.HalfCloseTransport](c.t)
	if !ok || c.conn.eof {
		c.close()
		return
	}
	c.lingering, c.conn.skipped, c.in = true, 0, nil
	c.flush()
	c.t.UnregisterProducer()
	half.LoseWriteConnection()
	c.setReading(true)
	c.clock.set(lingerTime)
}

// close ends the connection when what was written is sent.
func (c *h2conn) close() {
	if c.conn.lost || c.closing {
		return
	}
	c.closing, c.in = true, nil
	c.flush()
	c.t.UnregisterProducer()
	c.t.LoseConnection()
	c.clock.mark = c.progress()
	c.clock.set(c.site.config.Timeouts.Abort)
}

// drain has the client begin no more streams. Those on their way are still served: until it has answered a PING that was sent behind the first GOAWAY, or Timeouts.Drain
// has passed (RFC 9113 section 6.8).
func (c *h2conn) drain() {
	if c.draining || c.over() {
		return
	}
	c.enter()
	c.draining = true
	c.m.GoAway(h2.NoError, true, "")
	c.m.Ping()
	c.clock.drained = c.loop.Now().Add(c.site.config.Timeouts.Drain)
	if c.site.config.Timeouts.Drain < 0 {
		c.lastCall()
	}
	c.leave()
	c.drainTunnels()
}

// lastCall sends the last GOAWAY.
func (c *h2conn) lastCall() {
	if !c.leaving {
		c.open()
		c.goAway(h2.NoError, "")
	}
}

// readLost is the end of what the client sends. Requests that were complete are still answered.
func (c *h2conn) readLost() {
	switch {
	case c.conn.lost || c.closing:
	case c.lingering:
		c.close()
	default:
		c.enter()
		c.leaving = true
		for _, s := range slices.Clone(c.m.Streams()) {
			if !s.Ended() {
				c.endStream(s, protocol.Lost(errors.New("the client ended the connection before the stream")))
			}
		}
		c.clock.cut = true
		c.leave()
	}
}

// connectionLost ends all that is left.
func (c *h2conn) connectionLost(reason error) {
	c.clock.stop()
	if c.again != nil {
		c.again.Cancel()
	}
	c.in, c.todo = nil, nil
	c.endAll(reason)
	c.flush()
}
