// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"errors"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// Close begins to close the connection: with the Close frame, behind what was sent, and behind what a producer that is registered has still to write. Messages that the peer sends until it
// answers are still delivered. If it does not answer in Options.CloseTimeout the connection is aborted. reason is for people, and is cut to 123 bytes. The error is [ErrCode], or net.ErrClosed if the connection
// is being closed already.
func (c *Conn) Close(code Code, reason string) error {
	if code != NoStatus && !ws.Code(code).IsValid() {
		return ErrCode
	}
	if c.Closing() {
		return net.ErrClosed
	}
	if c.catchUp(); c.Closing() {
		return net.ErrClosed
	}
	c.stage = stageClosing
	c.limit()
	if x := c.x; x != nil && x.producer != nil {
		x.code, x.reason = code, reason
		return nil
	}
	c.sendClose(code, reason)
	return nil
}

// Abort ends the connection at once. The peer sees 1006.
func (c *Conn) Abort() {
	if !c.lost {
		c.stage = stageEnding
		c.t.AbortConnection()
	}
}

// limit starts the time that is left.
func (c *Conn) limit() {
	if c.timer == nil {
		c.timer = c.Loop().CallLater(c.set.CloseTimeout, c.tick)
	} else {
		c.timer.Rearm(c.set.CloseTimeout)
	}
}

// sendClose sends the Close frame, the last one.
func (c *Conn) sendClose(code Code, reason string) {
	b := scratch.Get().(*[]byte)
	*b = c.writer.AppendClose((*b)[:0], ws.Code(code), reason)
	c.t.Write(*b)
	recycle(b)
	c.stage = stageClosed
}

// peerCloses answers a Close frame, and ends the connection.
func (c *Conn) peerCloses(code Code, reason string) {
	x := c.extra()
	if x.got {
		return
	}
	x.got = true
	x.end = &CloseError{Code: code, Reason: reason, Clean: true}
	if c.stage == stageOpen {
		c.limit()
	}
	c.stopProducer(x.end)
	if c.stage != stageClosed {
		c.sendClose(code, "")
	}
	c.stage = stageEnding
	if c.writer.Role == ws.Server {
		c.t.UnregisterProducer()
		c.t.LoseConnection()
	} // a client waits for the server to close (RFC 6455 section 7.1.1)
}

// violated ends a connection whose peer has broken the protocol or passed a limit.
func (c *Conn) violated(e *ws.Error) {
	if e.IsLimit() {
		c.set.stats.limited.Add(1)
	} else {
		c.set.stats.violations.Add(1)
	}
	c.fail(&CloseError{Code: Code(e.Code), Reason: e.Reason, Err: protocol.Violation(e)}, e.Reason)
}

// fail sends a Close frame, and ends the connection without waiting for the peer's. To close at once would reset the connection if the peer still sends, and the reset could overtake the frame: so only the
// sending side is closed, and for a while what comes is dropped.
func (c *Conn) fail(end *CloseError, reason string) {
	if c.lost || c.stage == stageEnding {
		return
	}
	x := c.extra()
	x.end = end
	c.limit()
	c.stopProducer(end)
	if c.stage != stageClosed {
		c.sendClose(end.Code, reason)
	}
	c.stage, c.held = stageEnding, nil
	c.t.UnregisterProducer()
	if half, ok := protocol.As[protocol.HalfCloseTransport](c.t); ok {
		half.LoseWriteConnection()
		c.t.Resume()
		return
	}
	c.t.LoseConnection()
}

// maxSkipped is how many bytes are dropped before a connection that has failed is aborted.
const maxSkipped = 1 << 20

func (c *Conn) skip(n int) {
	if x := c.extra(); x.skipped < maxSkipped {
		if x.skipped += n; x.skipped >= maxSkipped {
			c.t.AbortConnection()
		}
	}
}

// tooSlow ends a connection whose peer does not read: behind all that it has not read.
func (c *Conn) tooSlow() {
	if c.stage == stageOpen {
		c.extra().end = &CloseError{Code: TryAgainLater, Reason: slowReason, Err: ErrSlow}
		c.stopProducer(ErrSlow)
		c.Close(TryAgainLater, slowReason)
	}
}

const slowReason = "too slow"

var errTimeout = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the peer has not answered")}

// timedOut aborts the connection.
func (c *Conn) timedOut() {
	c.set.stats.timedOut.Add(1)
	if x := c.extra(); x.end == nil {
		x.end = &CloseError{Code: Abnormal, Err: errTimeout}
	}
	c.stage = stageEnding
	c.t.AbortConnection()
}
