// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// lastWords is how long a connection that cannot send any more is still read. What the peer sent before it closed or reset the connection is mostly there
// already, with the end behind it; the limit is for a protocol that has paused, and for a peer that has given up one direction only and sends for ever.
const lastWords = time.Second

// A broken is what a connection has that cannot send any more because its peer is gone, and is read to the end: a server that refuses a large request
// answers, closes, and resets what still comes (RFC 9112, section 9.6). Linux keeps what arrived before a reset; a system that drops it has an error in store
// for the next read, which ends the connection as well. Once a send has reported a reset, reading ends as if the peer had closed: so the end of stream is not
// told, as what came may have been cut off.
type broken struct {
	c      *conn
	reason error
	files  files // those that were dropped, whose owners have to be told
	told   bool
	limit  protocol.DelayedCall
}

// broken returns nil while the connection can send.
func (c *conn) broken() *broken {
	if !c.mute {
		return nil
	}
	return c.loop.muted[c]
}

// sendFailed ends the connection because sending failed, at once or when what the peer has sent was read. It makes no callback.
func (c *conn) sendFailed(err error) {
	if !c.breaks(err) {
		c.end(lost(err), false)
	}
}

// breaks drops what is to be sent and reports true when err leaves the connection something to read. It makes no callback.
func (c *conn) breaks(err error) bool {
	if c.ended || c.closing || c.draining || c.readClosed || !peerGone(err) {
		return false
	}
	b := &broken{c: c, reason: lost(err)}
	if c.mute = true; c.loop.muted == nil {
		c.loop.muted = map[*conn]*broken{}
	}
	c.loop.muted[c] = b
	if o := c.out; o != nil {
		c.dropRiders()
		if x := o.files; x != nil {
			b.files = *x
			x.queue, x.sent = nil, nil // tellFiles may be at work
		}
		c.loop.free.putOutbox(o)
		c.out = nil
	}
	c.queued, c.filing = 0, false
	c.blocked, c.writeClosed = true, true
	c.loop.later(b)
	return true
}

// peerGone reports whether err says that the peer takes no more. Shutting down a connection that was reset gives ENOTCONN.
func peerGone(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ENOTCONN)
}

func (b *broken) turn() {
	if b.c.ended {
		return
	}
	b.tell()
	if !b.c.ended {
		b.limit = b.c.loop.CallLater(lastWords, func() { b.c.lose(b.reason) })
	}
}

// tell stops who sends, once.
func (b *broken) tell() {
	if b.told {
		return
	}
	b.told = true
	b.files.lost(b.c, b.reason)
	b.c.loseProducer(b.reason)
}

// over is called when the connection ends.
func (b *broken) over() {
	b.tell()
	delete(b.c.loop.muted, b.c)
	b.c.mute = false
	if b.limit != nil && b.limit.Active() {
		b.limit.Cancel()
	}
}
