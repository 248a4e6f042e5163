// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// bound follows each input: what is half received then is bounded, in time, and in bytes for all connections of a server together. done tells that a message has ended since the last time.
func (c *Conn) bound(done bool) {
	if c.x == nil && !c.reader.Partial() || c.lost || c.stage == stageEnding && (c.x == nil || c.x.pending == 0) {
		return
	}
	x, n, set := c.extra(), c.reader.Pending(), c.set
	total := set.stats.held.Add(int64(n - x.pending))
	more := n > x.pending
	if x.pending = n; more && set.maxHeld > 0 && total > set.maxHeld {
		c.tooMuch(&CloseError{Code: TryAgainLater, Reason: "too many long messages at once", Err: errHeld})
		return
	}
	limit := set.messageTimeout(c.parts != nil, n)
	switch {
	case !c.reader.Partial() || limit < 0 || c.stage == stageEnding:
		x.began = time.Time{}
	case done || x.began.IsZero():
		x.began = c.Loop().Now()
		switch {
		case c.timer == nil:
			c.timer = c.Loop().CallLater(limit, c.tick)
		case c.stage == stageOpen && (!c.timer.Active() || c.timer.Time().Sub(x.began) > limit):
			c.timer.Rearm(limit)
		}
	}
}

var (
	errHeld = errors.New("websocket: too much of messages is half received")
	errLate = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("a message has not become complete")}
)

// tooMuch ends a connection for what is half received.
func (c *Conn) tooMuch(end *CloseError) {
	c.set.stats.limited.Add(1)
	c.reader.Release()
	c.set.stats.held.Add(-int64(c.x.pending))
	c.x.pending = 0
	c.fail(end, end.Reason)
}

// left returns how much time a message that is half received has left, and whether there is one.
func (c *Conn) left() (time.Duration, bool) {
	if c.x == nil || c.x.began.IsZero() || c.paused {
		return 0, false
	}
	limit := c.set.messageTimeout(c.parts != nil, c.x.pending)
	return c.x.began.Add(limit).Sub(c.Loop().Now()), true
}

// rest arms the timer of a connection that is well, for the next time to look at it.
func (c *Conn) rest(d time.Duration) {
	if left, ok := c.left(); ok && (d < 0 || left < d) {
		d = left
	}
	if d >= 0 {
		c.timer.Rearm(d)
	}
}
