// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"errors"
	"io"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// LoseConnection sends what waits, waits for a registered producer, sends close_notify, waits for the peer's, and closes. Before the handshake is complete, with
// nothing to send, it aborts.
func (c *conn) LoseConnection() {
	c.guard.Check("tlswrap: Transport.LoseConnection")
	if c.closing || c.state >= ended {
		return
	}
	c.closing = true
	if c.muted {
		c.raw.LoseConnection() // there is no close_notify to be sent
		return
	}
	paused := c.paused
	c.paused = false // what arrives now is dropped, but the peer's close_notify is waited for
	if c.state < open {
		if c.waiting() == 0 && !c.gate.Registered() {
			c.abort(protocol.Aborted())
		}
		return
	}
	if paused {
		c.raw.Resume()
	}
	if !c.pumping {
		c.wantPump = true
	}
	c.armOutside()
}

// LoseWriteConnection sends what waits and then close_notify; reading goes on. A TLS 1.2 peer answers by closing the connection (RFC 5246, section 7.2.1).
func (c *conn) LoseWriteConnection() {
	c.guard.Check("tlswrap: Transport.LoseWriteConnection")
	if c.closing || c.writeClosing || c.muted || c.state >= ended {
		return
	}
	c.writeClosing = true
	c.armOutside()
}

// AbortConnection closes at once.
func (c *conn) AbortConnection() {
	c.guard.Check("tlswrap: Transport.AbortConnection")
	if c.state == lost {
		return
	}
	if c.state == ended && errors.Is(c.reason, protocol.ErrConnectionDone) {
		c.reason = nil
	}
	c.abort(protocol.Aborted())
}

// Stop is LoseConnection.
func (c *conn) Stop(error) { c.LoseConnection() }

// finish sends close_notify once all data was encrypted and no producer is left. From LoseConnection on, every wait of it has a limit.
func (c *conn) finish() {
	if c.state != open || !c.closing && !c.writeClosing || c.gate.Registered() {
		return
	}
	sent := false
	if c.waiting() == 0 && !c.sentNotify {
		c.notify()
		c.wantWriteEnd = !c.closing && c.half() != nil
		sent = true
	}
	switch {
	case !c.closing:
	case c.sentNotify && (c.gotNotify || c.rawEOF):
		c.end(protocol.Done(net.ErrClosed))
	case sent || c.timer == nil:
		c.limitClose()
	}
}

// notify sends close_notify.
func (c *conn) notify() {
	c.sentNotify = true
	c.tls.CloseWrite()
	c.push()
}

// peerClosed takes the peer's close_notify.
func (c *conn) peerClosed() {
	c.gotNotify = true
	switch {
	case c.closing && c.sentNotify:
		c.end(protocol.Done(net.ErrClosed))
	case c.closing:
		// finish ends the connection when all data was sent
	case c.half() != nil && c.tls.ConnectionState().Version >= tls.VersionTLS13:
		c.half().ReadConnectionLost(c.self)
		if c.sentNotify {
			c.end(protocol.Done(io.EOF))
		}
	default:
		c.flush()
		if !c.sentNotify && c.state == open {
			c.notify()
		}
		c.end(protocol.Done(io.EOF))
	}
}

// cutOff takes the end of the raw stream, after all records that came before it.
func (c *conn) cutOff() {
	switch {
	case c.closing && c.sentNotify:
		c.end(protocol.Done(net.ErrClosed)) // many peers answer close_notify by closing
	case c.closing:
		// finish ends the connection when all data was sent
	default:
		reason := lossOf("read", io.ErrUnexpectedEOF)
		c.broke(reason)
		c.abort(reason)
	}
}

// end closes raw in an orderly way, so that alerts and what else is on its way arrive, but not for ever.
func (c *conn) end(reason error) {
	if c.state >= ended {
		return
	}
	c.push()
	c.state, c.reason = ended, reason
	c.raw.UnregisterProducer()
	c.raw.LoseConnection()
	c.limitClose()
}

// abort closes raw at once.
func (c *conn) abort(reason error) {
	if c.state == lost {
		return
	}
	if c.reason == nil {
		c.reason = reason
	}
	c.state = ended
	c.pending, c.head = nil, 0
	c.raw.AbortConnection()
}

// limitClose starts the limit on the time that the peer may take for the last bytes.
func (c *conn) limitClose() {
	c.left = c.unsent()
	if c.timer == nil {
		c.timer = c.raw.Loop().CallLater(c.layer.opt.CloseTimeout, c.onTimer)
		return
	}
	c.timer.Rearm(c.layer.opt.CloseTimeout)
}

// unsent returns how much has still to leave. It shrinks whenever the peer takes something: encrypting adds far less than what has made room for it.
func (c *conn) unsent() int { return c.rawQueue() + c.waiting() }

// onTimer ends a handshake or a close that takes too long. A peer that takes data, though slowly, has time.
func (c *conn) onTimer() {
	switch q := c.unsent(); {
	case c.state == handshaking:
		reason := lossOf("handshake", errHandshakeTime)
		c.failed(errHandshakeTime, reason)
		c.abort(reason)
	case q > 0 && q < c.left:
		c.limitClose()
	case c.state == open && q == 0:
		c.layer.counters.stuck.Add(1)
		c.end(protocol.Done(net.ErrClosed)) // all data has left; only the peer's close_notify is missing
	case c.state == open:
		c.layer.counters.stuck.Add(1)
		reason := lossOf("close", errCloseTime)
		c.report("TLS connection aborted", reason)
		c.abort(reason)
	case c.state == ended:
		c.raw.AbortConnection()
	}
}
