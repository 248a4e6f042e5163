// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"net/netip"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A limited is a connection of a Limiter. One timer, which is moved only when it strikes, keeps all its limits on time. Loop only.
type limited struct {
	conn
	m                      *Limiter
	peer                   netip.Prefix
	exempt, over, loggedIn bool

	begun, active      time.Time // when it began, and when something was last read or written
	timer              protocol.DelayedCall
	bytesIn, bytesOut  int64
	input, output      flow
	inShared, outShare *Bucket // of the Limiter's filters
}

// A flow is one direction of a connection whose rate is bounded.
type flow struct {
	own   Bucket
	top   *Bucket // where to take from: own, or a shared one, or nil
	timer protocol.DelayedCall
}

func (c *limited) Made(t protocol.Transport) error {
	now := t.Loop().Now()
	c.begun, c.active = now, now
	if !c.over {
		if err := c.m.count(c.peer, c.exempt, now); err != nil {
			c.m.tell(err, t.RemoteAddr())
			if c.m.limits.Overflow == nil {
				return err
			}
			p, e := c.m.limits.Overflow.BuildProtocol(t.RemoteAddr())
			if p == nil || e != nil {
				return err
			}
			c.inner, c.over = p, true
			c.half, _ = protocol.As[protocol.HalfCloser](p)
		}
	}
	if c.over {
		if c.m.overflow.Add(1) > int64(c.m.limits.MaxOverflow) {
			c.m.overflow.Add(-1)
			return ErrTooMany
		}
		c.m.overflowed.Add(1)
		c.timer = t.Loop().CallLater(c.m.limits.OverflowTime, t.AbortConnection)
		return nil
	}
	c.openFlows(t, now)
	c.pass(&c.input, 0) // a bucket that others left in debt holds this connection up too
	c.pass(&c.output, 0)
	if next, _ := c.due(); !next.IsZero() {
		c.timer = t.Loop().CallLater(next.Sub(now), c.strike)
	}
	return nil
}

func (c *limited) openFlows(t protocol.Transport, now time.Time) {
	l := &c.m.limits
	open := func(f *flow, r *Rates, peer, all *Filter) *Bucket {
		filter := peer
		if c.exempt {
			filter = all
		}
		shared := filter.Acquire(now, t.LocalAddr(), t.RemoteAddr())
		if f.top = shared; r.Connection > 0 {
			f.own.Rate, f.own.Burst, f.own.Parent = r.Connection, r.Burst, shared
			f.top = &f.own
		}
		return shared
	}
	c.inShared = open(&c.input, &l.Read, c.m.readPeer, c.m.readAll)
	c.outShare = open(&c.output, &l.Write, c.m.writePeer, c.m.writeAll)
}

func (c *limited) closeFlows() {
	read, write := c.m.readPeer, c.m.writePeer
	if c.exempt {
		read, write = c.m.readAll, c.m.writeAll
	}
	read.Release(c.inShared)
	write.Release(c.outShare)
	cancel(c.input.timer)
	cancel(c.output.timer)
}

func cancel(d protocol.DelayedCall) {
	if d != nil && d.Active() {
		d.Cancel()
	}
}

func (c *limited) Received(t protocol.Transport, p []byte) {
	if c.over {
		return
	}
	c.bytesIn += int64(len(p))
	c.pass(&c.input, len(p))
}

func (c *limited) Sent(t protocol.Transport, p []byte) {
	if c.over {
		return
	}
	c.bytesOut += int64(len(p))
	c.pass(&c.output, len(p))
}

// pass takes what went by from the buckets, and holds the connection up while one is in debt.
func (c *limited) pass(f *flow, n int) {
	loop := c.t.Loop()
	c.active = loop.Now()
	if f.top == nil {
		return
	}
	wait := f.top.Take(c.active, n)
	switch {
	case wait <= 0:
	case f == &c.input:
		c.m.throttledReads.Add(1)
		c.hold(byReading)
		f.after(loop, wait, c.readOn)
	default:
		c.m.throttledWrites.Add(1)
		c.hold(byWriting)
		f.after(loop, wait, c.writeOn)
		c.holdProducer(byWriting)
	}
}

func (f *flow) after(loop protocol.Loop, d time.Duration, then func()) {
	if f.timer == nil {
		f.timer = loop.CallLater(d, then)
	} else {
		f.timer.Rearm(d)
	}
}

func (c *limited) readOn() {
	c.active = c.t.Loop().Now()
	c.release(byReading)
}

func (c *limited) writeOn() {
	c.active = c.t.Loop().Now()
	c.release(byWriting)
	c.releaseProducer(byWriting)
}

// due returns when the next limit on time strikes and which one that is; zero for never.
func (c *limited) due() (at time.Time, why error) {
	l := &c.m.limits
	for _, x := range [...]struct {
		from time.Time
		d    time.Duration
		why  error
	}{{c.active, l.Idle, ErrIdle}, {c.begun, l.Login, ErrLogin}, {c.begun, l.Lifetime, ErrLifetime}} {
		if x.d <= 0 || x.why == ErrLogin && c.loggedIn {
			continue
		}
		if end := x.from.Add(x.d); at.IsZero() || end.Before(at) {
			at, why = end, x.why
		}
	}
	return at, why
}

// closeTime is how long a connection that a limit ends has to send what is queued.
const closeTime = 5 * time.Second

// strike ends the connection if a limit on time is reached, or else waits on.
func (c *limited) strike() {
	if c.reason != nil { // it did not close in time
		c.t.AbortConnection()
		return
	}
	now := c.t.Loop().Now()
	if (c.reading|c.sending)&(byReading|byWriting) != 0 {
		c.active = now // a connection that is held up by us isn't idle
	}
	at, why := c.due()
	if at.IsZero() {
		return
	}
	if at.After(now) {
		c.timer.Rearm(at.Sub(now))
		return
	}
	switch why {
	case ErrIdle:
		c.m.idle.Add(1)
	case ErrLogin:
		c.m.late.Add(1)
	case ErrLifetime:
		c.m.old.Add(1)
	}
	c.m.tell(why, c.t.RemoteAddr())
	c.reason = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: why}
	if p := c.producer; p != nil { // the end waits for nobody who may never come to his own
		(*raw)(&c.conn).UnregisterProducer()
		p.Stop(c.reason)
	}
	(*transport)(&c.conn).LoseConnection() // that of a layer, which says goodbye, if there is one
	c.timer.Rearm(closeTime)
}

func (c *limited) Lost(protocol.Transport, error) {
	cancel(c.timer)
	if c.over {
		c.m.overflow.Add(-1)
		return
	}
	c.closeFlows()
	c.m.bytesIn.Add(c.bytesIn)
	c.m.bytesOut.Add(c.bytesOut)
	c.m.uncount(c.peer, c.exempt)
}

// LoggedIn ends the time that Limits.Login gives a connection. A protocol calls it with its transport when its peer has shown who he is; on a connection
// without such a limit it does nothing. Loop only.
func LoggedIn(t protocol.Transport) {
	for t != nil {
		var c *conn
		switch v := t.(type) {
		case *transport:
			c = (*conn)(v)
		case *raw:
			c = (*conn)(v)
		case protocol.Unwrapper[protocol.Transport]:
			t = v.Unwrap()
			continue
		default:
			return
		}
		if l, ok := c.hook.(*limited); ok {
			l.loggedIn = true
		}
		t = c.t
	}
}
