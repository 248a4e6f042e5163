// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// h2timer is the one timer of an HTTP/2 connection. What it watches notes when it began; the timer looks at all of that when it runs, and runs when the first of it can be due.
type h2timer struct {
	c     *h2conn
	call  protocol.DelayedCall
	heard time.Time // the client, last
	head  time.Time // when the preface or a field block began that is not complete; zero if there is none
	// drained is when the last GOAWAY follows the first.
	drained time.Time
	mark    int64 // progress of the output at the last look
	marked  time.Time
	stall   mark // of the connection's window
	cut     bool // the client has closed its side
}

// rated is what is sent at a least rate.
type rated struct {
	on    bool
	began time.Time
	n     int64 // since began
}

func (r *rated) start(now time.Time) { *r = rated{true, now, 0} }

// due is when it has been too slow for limit.
func (r *rated) due(limit time.Duration, rate int) time.Time {
	return r.began.Add(limit + time.Duration(float64(r.n)/float64(rate)*float64(time.Second)))
}

// mark notes how far something had come that waits for the client's window.
type mark struct {
	at time.Time // zero if it does not wait
	n  int64
}

// stallStep is what a client has to take within Timeouts.Write: less would let it hold a response for ever, one byte at a time.
const stallStep = 1024

// look notes how far it is.
func (m *mark) look(pending bool, n int64, now time.Time) {
	switch {
	case !pending:
		m.at = time.Time{}
	case m.at.IsZero() || n-m.n >= stallStep:
		m.at, m.n = now, n
	}
}

// set has the timer run in d, whatever else there is.
func (t *h2timer) set(d time.Duration) {
	switch {
	case d < 0:
		t.stop()
	case t.call == nil:
		t.call = t.c.loop.CallLater(d, t.expired)
	default:
		t.call.Rearm(d)
	}
}

func (t *h2timer) stop() {
	if t.call != nil {
		t.call.Cancel()
	}
}

// settle has the timer run early enough for what the connection waits for now.
func (t *h2timer) settle() {
	c, now := t.c, t.c.loop.Now()
	switch {
	case c.m.Begun():
		t.head = time.Time{}
	case t.head.IsZero():
		t.head = now
	}
	if c.m.Queued > 0 || c.producers > 0 {
		t.stall.look(c.m.Stalled(), c.m.Moved(), now)
		for _, st := range c.m.Streams() {
			if s, ok := st.Owner.(*h2stream); ok { // what a tunnel waits for is its own business
				s.stall.look(s.Stalled() || !s.stall.at.IsZero() && s.Queued() > 0, s.Moved(), now)
			}
		}
	}
	if c.pending() && t.marked.IsZero() {
		t.marked, t.mark = now, c.progress()
	}
	d := t.soonest()
	if d < 0 {
		return
	}
	if t.call == nil || !t.call.Active() || t.call.Time().Sub(now) > d {
		t.set(d)
	}
}

// soonest returns how soon the first of what the connection waits for can be due, negative for never.
func (t *h2timer) soonest() time.Duration {
	c, times := t.c, &t.c.site.config.Timeouts
	d := time.Duration(-1)
	least := func(on bool, limit time.Duration) {
		if on && limit >= 0 && (d < 0 || limit < d) {
			d = limit
		}
	}
	open := len(c.m.Streams()) > 0
	least(!open, times.KeepAlive)
	least(!t.head.IsZero(), times.Header)
	least(c.unsettled(), times.Header)
	least(open, times.Body)
	least(open || c.pending(), times.Write)
	least(open && t.cut, times.Abort)
	least(open, c.site.config.HTTP2.Ping)
	least(c.m.Pinged(), times.Abort)
	least(c.draining && !c.leaving, times.Drain)
	return d
}

// pending reports whether output waits for the client.
func (c *h2conn) pending() bool {
	if b, ok := protocol.As[protocol.BufferedTransport](c.t); ok {
		return b.Buffered() > 0
	}
	return c.full
}

// progress returns a number that grows when the client takes output.
func (c *h2conn) progress() int64 {
	if b, ok := protocol.As[protocol.BufferedTransport](c.t); ok {
		return c.written - int64(b.Buffered())
	}
	return c.resumes
}

func (t *h2timer) expired() {
	c := t.c
	switch {
	case c.conn.lost:
		return
	case c.lingering && !c.closing:
		c.close()
		return
	case c.closing:
		if p := c.progress(); p != t.mark {
			t.mark = p
			t.set(c.site.config.Timeouts.Abort)
			return
		}
		c.t.AbortConnection()
		return
	}
	c.enter()
	t.check()
	c.leave()
	if c.over() {
		return
	}
	if d := t.next(); d >= 0 {
		t.set(d)
	}
}

var errSilent = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the client does not answer a PING")}

// check strikes what is due.
func (t *h2timer) check() {
	now := t.c.loop.Now()
	var due []func()
	t.each(func(at time.Time, strike func()) {
		if !at.After(now) {
			due = append(due, strike)
		}
	})
	for _, strike := range due {
		if !t.c.over() {
			strike()
		}
	}
}

// next returns when the first limit will be due, negative for never.
func (t *h2timer) next() time.Duration {
	now, d := t.c.loop.Now(), time.Duration(-1)
	t.each(func(at time.Time, _ func()) {
		if left := max(at.Sub(now), 0); d < 0 || left < d {
			d = left
		}
	})
	return d
}

// each calls f for each limit that is on, with what is to be done about it.
func (t *h2timer) each(f func(at time.Time, strike func())) {
	c, times := t.c, &t.c.site.config.Timeouts
	on := func(from time.Time, limit time.Duration, strike func()) {
		if limit >= 0 && !from.IsZero() {
			f(from.Add(limit), strike)
		}
	}
	open := len(c.m.Streams()) > 0
	on(t.head, times.Header, func() {
		c.strike(timeHead)
		c.goAway(h2.ProtocolError, "header takes too long")
		c.finish()
		c.endAll(protocol.Violation(errSlowHead))
	})
	if c.unsettled() {
		on(c.m.SettingsSent(), times.Header, func() {
			c.strike(timeSettings)
			c.goAway(h2.SettingsTimeout, "settings not acknowledged")
			c.finish()
			c.endAll(protocol.Violation(errUnsettled))
		})
	}
	if !open {
		on(t.heard, times.KeepAlive, func() {
			c.lastCall()
			c.finish()
		})
	}
	if c.draining && !c.leaving && times.Drain >= 0 {
		f(t.drained, c.lastCall)
	}
	if c.pending() {
		on(t.marked, times.Write, func() {
			if p := c.progress(); p != t.mark {
				t.mark, t.marked = p, c.loop.Now()
				return
			}
			c.strike(timeWrite)
			c.fail(errSlowRead)
		})
	} else {
		t.marked = time.Time{}
	}
	if open && t.cut {
		on(t.heard, max(times.Abort, times.Write), func() { c.fail(protocol.Lost(errSlowRead)) })
	}
	if open {
		switch ping := c.site.config.HTTP2.Ping; {
		case ping < 0 || t.cut:
		case c.m.Pinged():
			since := c.m.PingSent()
			if t.heard.After(since) { // something else: it is alive
				since = t.heard
			}
			on(since, times.Abort, func() {
				c.strike(timePing)
				c.fail(errSilent)
			})
		default:
			on(t.heard, ping, c.m.Ping)
		}
	}
	on(t.stall.at, times.Write, func() {
		if c.m.Stalled() {
			c.strike(timeWrite)
			c.fail(errSlowRead)
		}
		t.stall.at = time.Time{}
	})
	for _, st := range c.m.Streams() {
		s, ok := st.Owner.(*h2stream)
		if !ok {
			continue
		}
		if s.body.on && times.Body >= 0 && c.reading {
			f(s.body.due(times.Body, times.BodyRate), s.slow)
		}
		on(s.stall.at, times.Write, func() {
			s.stall.at = time.Time{}
			if s.Stalled() {
				c.strike(timeWrite)
				s.cut(h2.Cancel, errSlowRead)
			}
		})
	}
}

// unsettled reports whether the client could have acknowledged the settings and did not.
func (c *h2conn) unsettled() bool { return c.reading && !c.m.SettingsSent().IsZero() }

var errUnsettled = errors.New("the client does not acknowledge the settings")

var errSlowHead = errors.New("the request header comes too slowly")

// slow ends a request whose body comes too slowly: with 408 if nothing was answered yet.
func (s *h2stream) slow() {
	r := &s.req
	s.c.strike(timeBody)
	if s.body.on = false; r.finished {
		s.Unwanted()
		s.cut(h2.NoError, errSlowBody)
		return
	}
	if !r.headSent {
		r.endBody(errSlowBody, 408)
	}
	if !r.headSent && !r.finished && !r.gone {
		r.Error(408, "")
		r.Finish()
	}
	s.cut(h2.Cancel, errSlowBody)
}

// strike counts and logs a limit that was passed.
func (c *h2conn) strike(w wait) {
	c.site.stats.timedOut.Add(1)
	c.site.report(c.loop.Now(), c.t, "time limit: "+w.String())
}
