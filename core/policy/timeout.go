// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Timeout ends a connection whose peer is silent for too long: a protocol embeds one, or keeps it in a field, sets it in ConnectionMade, resets it when it
// hears what counts as life, and stops it by SetTimeout with 0, in ConnectionLost at the latest. Resetting costs no timer: that moves when it strikes. The
// zero Timeout is ready to use and is off. Twisted: TimeoutMixin. Loop only.
type Timeout struct {
	// TimedOut is what happens; nil means LoseConnection. Twisted: timeoutConnection.
	TimedOut func(t protocol.Transport)

	t     protocol.Transport
	d     time.Duration // 0 for off
	reset time.Time
	timer protocol.DelayedCall
}

// SetTimeout sets the time from now on, and returns what it was before. 0 or less stops it. Twisted: setTimeout.
func (o *Timeout) SetTimeout(t protocol.Transport, d time.Duration) (before time.Duration) {
	before = o.d
	o.t, o.d = t, max(d, 0)
	if o.d == 0 {
		cancel(o.timer)
		return before
	}
	o.reset = t.Loop().Now()
	if o.timer == nil {
		o.timer = t.Loop().CallLater(o.d, o.strike)
	} else {
		o.timer.Rearm(o.d)
	}
	return before
}

// ResetTimeout lets the time begin anew. Twisted: resetTimeout.
func (o *Timeout) ResetTimeout() {
	if o.d > 0 {
		o.reset = o.t.Loop().Now()
	}
}

// Timeout returns the time that is set, 0 for none.
func (o *Timeout) Timeout() time.Duration { return o.d }

func (o *Timeout) strike() {
	if left := o.d - o.t.Loop().Now().Sub(o.reset); left > 0 {
		o.timer.Rearm(left)
		return
	}
	o.d = 0
	if o.TimedOut != nil {
		o.TimedOut(o.t)
		return
	}
	o.t.LoseConnection()
}
