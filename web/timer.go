// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A wait is what a connection's timer stands for.
type wait uint8

const (
	timeNone     wait = iota
	timeHead          // the rest of a head
	timeIdle          // the next request
	timeBody          // the body, at its least rate
	timeWrite         // progress of the output
	timeLinger        // the client's close
	timeClose         // the end of a close
	timePing          // the answer to a PING
	timeSettings      // their acknowledgement
)

// String returns what is waited for, as the log tells it.
func (w wait) String() string {
	return [...]string{"nothing", "request header", "next request", "request body", "client does not read", "client does not close", "close", "answer to PING", "acknowledgement of the settings"}[w]
}

// A timer is the one timer of a connection. Its deadline moves with each request, but the loop's call is left alone as long as it comes early enough: it looks when it runs
// how much time is left.
type timer struct {
	c      *conn
	kind   wait
	began  time.Time
	length time.Duration // from began to the deadline
	armed  time.Duration // what call was last armed with
	call   protocol.DelayedCall
	mark   int64 // progress of the output at the last look
}

// set has the timer expire in d; a negative d is never.
func (t *timer) set(kind wait, d time.Duration) {
	t.kind = kind
	if d < 0 {
		t.kind = timeNone
		return
	}
	t.began, t.length = t.c.loop.Now(), d
	switch {
	case t.call == nil:
		t.armed = d
		t.call = t.c.loop.CallLater(d, t.expired)
	case d >= t.armed && t.call.Active(): // it was armed before, so it comes early enough
	case !t.call.Active(), t.call.Time().After(t.began.Add(d)):
		t.rearm(d)
	}
	if kind == timeWrite || kind == timeClose {
		t.mark = t.progress()
	}
}

func (t *timer) rearm(d time.Duration) {
	t.armed = d
	t.call.Rearm(d)
}

func (t *timer) stop() {
	t.kind = timeNone
	if t.call != nil {
		t.call.Cancel()
	}
}

// settle starts to wait for what the connection needs next. r is the request that is being answered, or nil.
func (t *timer) settle(r *Request) {
	c, times := t.c, &t.c.site.config.Timeouts
	switch {
	case r == nil && c.full:
		t.watch()
	case r == nil && !c.parser.Begun() && c.site.draining.Load():
		c.lastCall()
	case r == nil && c.parser.Begun(), r == nil && c.requests == 0:
		if t.kind != timeHead { // each byte must not move it
			t.set(timeHead, times.Header)
		}
	case r == nil:
		t.set(timeIdle, times.KeepAlive)
	case !c.bodyDone() && c.reading && (r.finished || r.bodyOpen()):
		now := c.loop.Now()
		if t.kind != timeBody {
			c.body.began, c.body.received = now, 0
		}
		due := times.Body + time.Duration(float64(c.body.received)/float64(times.BodyRate)*float64(time.Second))
		t.set(timeBody, orNever(times.Body, due-now.Sub(c.body.began)))
	case c.eof:
	default:
		t.watch()
	}
}

// orNever returns d, not below zero, unless limit says that there is none.
func orNever(limit, d time.Duration) time.Duration {
	if limit < 0 {
		return limit
	}
	return max(d, 0)
}

// watch waits for progress of the output.
func (t *timer) watch() {
	if t.kind != timeWrite {
		t.set(timeWrite, t.c.site.config.Timeouts.Write)
	}
}

// progress returns a number that grows when the client takes output.
func (t *timer) progress() int64 {
	if b, ok := protocol.As[protocol.BufferedTransport](t.c.t); ok {
		return t.c.written - int64(b.Buffered())
	}
	return t.c.resumes
}

// pending reports whether output waits for the client.
func (t *timer) pending() bool {
	if b, ok := protocol.As[protocol.BufferedTransport](t.c.t); ok {
		return b.Buffered() > 0
	}
	return t.c.full
}

func (t *timer) expired() {
	c := t.c
	if c.lost || t.kind == timeNone {
		return
	}
	if left := t.length - c.loop.Now().Sub(t.began); left > 0 {
		t.rearm(left)
		return
	}
	switch t.kind {
	case timeWrite:
		switch mark := t.progress(); {
		case mark != t.mark && c.eof:
			t.set(timeWrite, c.site.config.Timeouts.Abort)
		case mark != t.mark, !c.eof && !t.pending():
			t.set(timeWrite, c.site.config.Timeouts.Write)
		default:
			t.strike()
			c.fail()
		}
	case timeClose:
		if t.progress() != t.mark {
			t.set(timeClose, c.site.config.Timeouts.Abort)
			return
		}
		c.t.AbortConnection()
	case timeLinger:
		c.close()
	case timeIdle:
		c.close()
	case timeHead:
		t.strike()
		c.close()
	case timeBody:
		t.strike()
		c.timeout()
	}
}

// strike counts and logs a limit that was passed.
func (t *timer) strike() {
	s := t.c.site
	s.stats.timedOut.Add(1)
	s.report(t.c.loop.Now(), t.c.t, "time limit: "+t.kind.String())
}

var errSlowBody = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the request body comes too slowly")}

// fail aborts the connection because the client does not read.
func (c *conn) fail() {
	if c.cur != nil {
		c.kill(c.cur, &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the client does not read")})
		return
	}
	c.closing = true
	c.t.AbortConnection()
}

// timeout ends a request whose body comes too slowly: with 408 if nothing was answered yet.
func (c *conn) timeout() {
	c.keep = false
	if !c.cur.headSent {
		c.cur.endBody(errSlowBody, 408)
	}
	c.giveUp(c.cur, 408, errSlowBody)
}
