// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"io"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// conn is one HTTP/1 connection. It takes requests off the input one at a time: a request is begun when the one before it is answered and its body is read, so that
// answers leave in the order of the requests by construction. Everything happens in process, which is called when something has changed:
//
//	DataReceived ──> process: [feed the body of cur] [else, if cur is done: next head, Render] ... ──> settle: reading, timers
//	Finish, Resume, ... ──> kick ──> process
//
// As a push producer of its transport it stops taking requests while the client does not take the answers.
type conn struct {
	site *Site
	t    protocol.Transport
	loop protocol.Loop

	parser h1.Parser
	body   *inbound // of cur; nil if it has none
	cur    *Request // the request that is being answered; nil between requests
	in     []byte   // input that was not consumed; during DataReceived it may be lent
	own    bool     // in is this connection's own memory

	taken *taken    // the protocol that the connection belongs to by now; nil if it is this one
	desk  *desk     // nil when nothing is written or gathered
	old   *Request  // to be used again, and empty; nil if there is none
	slab  []Request // for the requests that arrived together

	requests int   // so far
	counted  int   // how many of them the site's counter has
	skipped  int64 // bytes of body that nobody wanted
	written  int64 // bytes given to the transport
	resumes  int64 // times that the transport has called Resume

	two *h2conn // has taken over: HTTP/2

	fresh, // whether it is HTTP/2 is not known yet
	keep, // the connection persists after cur
	full, // the transport asked to pause
	reading, // the transport is not paused by us
	processing, // process is running
	eof, // the client will send no more
	noted, // the access log is to be flushed
	lingering, // everything was sent; what still comes is dropped
	closing,
	lost bool

	again protocol.DelayedCall // kick; nil before the first
	began time.Duration        // of cur, by the real clock since epoch; for the access log only
	clock timer
}

// inbound is the body of a request on its way.
type inbound struct {
	h1.Body
	began    time.Time // to be waited for
	received int64     // since began
}

func (c *conn) bodyDone() bool { return c.body == nil || c.body.Done() }

func newConn(s *Site) *conn {
	return &conn{site: s, parser: h1.Parser{Limits: &s.limits}, fresh: true, reading: true}
}

func (c *conn) ConnectionMade(t protocol.Transport) {
	c.t, c.loop = t, t.Loop()
	if tcp, ok := protocol.As[protocol.TCPTransport](t); ok {
		tcp.SetNoDelay(true) // answers are written whole; an error only costs latency
	}
	if n := c.site.config.Limits.Queue; n > 0 {
		if b, ok := protocol.As[protocol.BufferedTransport](t); ok {
			b.SetMaxBuffered(n)
		}
	}
	c.site.add(c)
	t.RegisterProducer(c, protocol.PushProducer)
	c.clock.c = c
	c.clock.set(timeHead, c.site.config.Timeouts.Header)
}

func (c *conn) DataReceived(_ protocol.Transport, p []byte) {
	if u := c.taken; u != nil && u.Started() {
		u.Data(p)
		return
	}
	switch {
	case c.two != nil:
		c.two.received(p)
		return
	case c.lost || c.closing, c.fresh && c.recognise(p):
		return
	case c.lingering:
		c.skip(len(p))
		return
	case len(c.in) > 0:
		c.in = append(c.in, p...)
		c.own = true
	default:
		c.in, c.own = p, false
	}
	c.process()
	switch {
	case len(c.in) == 0:
		c.in, c.own = nil, false // an idle connection keeps no buffer
	case !c.own:
		c.in, c.own = append([]byte(nil), c.in...), true
	}
}

// ReadConnectionLost is the end of what the client sends. What it sent before is still answered.
func (c *conn) ReadConnectionLost(protocol.Transport) {
	if u := c.taken; u != nil && u.Started() {
		u.ReadEnd()
		return
	}
	if c.lost || c.closing {
		return
	}
	if c.eof = true; c.two != nil {
		c.two.readLost()
		return
	}
	if c.lingering {
		c.close()
		return
	}
	c.process()
	r := c.cur
	switch {
	case r == nil || c.closing || c.lost || c.taken != nil || r.finished && c.bodyDone(): // process goes on with what is there, or has closed
	case r.finished:
		c.close()
	case !c.bodyDone():
		c.refuse(&h1.Error{Status: 400, Reason: "the request body is cut off"})
	default:
		c.clock.set(timeWrite, c.site.config.Timeouts.Abort)
		r.extra().half = protocol.Done(io.EOF)
		r.tell(r.more.half)
	}
}

// WriteConnectionLost is for the protocol that has taken the connection. Else it follows the half-close of lingering.
func (c *conn) WriteConnectionLost(protocol.Transport) {
	if u := c.taken; u != nil {
		u.WriteEnd()
	}
}

func (c *conn) ConnectionLost(_ protocol.Transport, reason error) {
	c.lost = true
	c.clock.stop()
	if c.again != nil {
		c.again.Cancel()
	}
	if c.taken != nil {
		c.in = nil
		c.site.remove(c)
		c.taken.Lost(reason)
		return
	}
	c.site.remove(c)
	if errors.Is(reason, protocol.ErrBufferOverflow) {
		c.site.stats.overflowed.Add(1)
		c.site.report(c.loop.Now(), c.t, "too much unsent data: it does not read")
	}
	c.in = nil
	if c.two != nil {
		c.two.connectionLost(reason)
	}
	if r := c.cur; r != nil {
		c.cur = nil
		if !r.gone && !r.finished {
			r.closed(reason)
			c.record(r)
		}
	}
}

// DiscardBuffered drops the input that was not processed, a header that has begun included: the connection is being upgraded.
func (c *conn) DiscardBuffered() int {
	if c.taken != nil && c.taken.Started() {
		return c.taken.Discard()
	}
	n := len(c.in)
	c.in, c.parser = nil, h1.Parser{Limits: &c.site.limits}
	return n
}

// passWork is how many requests one pass of the loop answers on one connection before the others have their turn.
const passWork = 128

func (c *conn) process() {
	if c.processing {
		return
	}
	c.processing = true
	// A panic of this package must not leave the connection deaf for the callbacks that follow.
	defer c.processed()
	for budget := c.requests + passWork; c.step(); {
		if c.requests >= budget {
			c.kick()
			break
		}
	}
	c.flush()
	if u := c.taken; u != nil {
		if !u.Started() && !c.lost {
			c.handOver(u)
		}
		return
	}
	c.settle()
}

// processed ends process.
func (c *conn) processed() {
	c.flush()
	c.processing = false
	if c.noted {
		c.noted = false
		c.site.config.AccessLog.(passLog).flush()
	}
	if len(c.in) == 0 {
		c.slab = nil
	}
	if n := c.requests - c.counted; n > 0 {
		c.counted = c.requests
		c.site.stats.requests.Add(int64(n))
	}
}

// kick has process called in the loop's next pass.
func (c *conn) kick() {
	switch {
	case c.lost:
	case c.again == nil:
		c.again = c.loop.CallLater(0, func() {
			if !c.lost {
				c.process()
				if len(c.in) == 0 {
					c.in, c.own = nil, false
				}
			}
		})
	case !c.again.Active():
		c.again.Rearm(0)
	}
}

// step does one thing and reports whether there may be more to do.
func (c *conn) step() bool {
	switch r := c.cur; {
	case c.lost || c.closing || c.lingering || c.taken != nil:
		return false
	case r == nil:
		return c.stepHead()
	case r.finished && c.bodyDone():
		switch c.cur = nil; {
		case c.keep:
			c.retire(r)
			return true
		case len(c.in) > 0:
			c.finish()
		default:
			c.close()
		}
		return false
	case r.finished:
		return c.stepSkip()
	case r.bodyOpen():
		return c.stepBody(r)
	}
	return false
}

// stepHead begins the next request.
func (c *conn) stepHead() bool {
	if len(c.in) == 0 || c.full {
		if c.eof && !c.full {
			c.close()
		}
		return false
	}
	var h h1.Head
	n, err := c.parser.Parse(c.in, &h)
	if err != nil {
		c.refuse(err)
		return false
	}
	if n == 0 {
		if c.eof {
			c.close()
		}
		return false
	}
	c.in = c.in[n:]
	r := c.newRequest(n, h.Chunked || h.Length > 0)
	c.cur = r
	c.clock.kind = timeNone // what was allowed for this head is not for the next
	c.requests++
	c.skipped = 0
	if c.body = nil; h.Chunked || h.Length > 0 {
		c.body = &inbound{Body: h1.NewBody(&h, &c.site.limits)}
	}
	c.keep = h.KeepAlive && c.requests < c.site.config.Limits.Requests && !c.site.draining.Load()
	if c.site.config.AccessLog != nil {
		c.began = time.Since(epoch)
	}
	if !r.begin(&h, c, c.loop.Now()) {
		c.keep = false
		r.Error(400, "The path is not percent-encoded properly.")
		r.Finish()
		return true
	}
	r.protect(func() { c.site.render(r) })
	return true
}

// slabMax is how many Requests are allocated at once. One that is kept keeps those that were with it, all of the same connection.
const slabMax = 9 // just less than 4 KiB

// newRequest returns an empty Request for a head of n bytes. What follows a head without a body in the input is taken to hold more of its kind.
func (c *conn) newRequest(n int, body bool) *Request {
	if c.site.config.ReuseRequests {
		return c.reused()
	}
	if len(c.slab) == 0 {
		k := min(1+len(c.in)/n, slabMax)
		if k == 1 || body {
			return new(Request)
		}
		c.slab = make([]Request, k)
	}
	r := &c.slab[0]
	c.slab = c.slab[1:]
	return r
}

// stepBody gives a piece of the body to the resource that asked for it.
func (c *conn) stepBody(r *Request) bool {
	b := r.intake
	if c.bodyDone() {
		r.endBody(nil, 0)
		return true
	}
	if b.tooLarge(max(c.body.Left(), 0)) {
		c.tooLarge(r)
		return true
	}
	if r.expects && len(c.in) == 0 && b.received == 0 && !r.headSent {
		r.expects = false
		c.put([]byte("HTTP/1.1 100 Continue\r\n\r\n"), nil)
	}
	data, n, err := c.body.Next(c.in)
	c.in = c.in[n:]
	if err != nil {
		c.refuse(err)
		return false
	}
	if len(data) > 0 {
		r.expects = false
		if b.tooLarge(int64(len(data))) {
			c.tooLarge(r)
			return true
		}
		b.received += int64(len(data))
		c.body.received += int64(len(data))
		r.protect(func() { b.onData(data) })
	}
	if c.bodyDone() {
		r.Trailer.set = &fieldSet{fields: c.body.Trailer}
		return true
	}
	return n > 0
}

// tooLarge ends a body that exceeds its bound. What still comes of it is not skipped, so the connection ends.
func (c *conn) tooLarge(r *Request) {
	c.keep = false
	c.site.stats.refused.Add(1)
	c.site.report(c.loop.Now(), c.t, ErrBodyTooLarge.Error())
	r.endBody(ErrBodyTooLarge, 413)
}

// stepSkip drops a piece of a body that nobody reads.
func (c *conn) stepSkip() bool {
	if !c.keep {
		c.finish()
		return false
	}
	data, n, err := c.body.Next(c.in)
	c.in = c.in[n:]
	c.skipped += int64(len(data))
	if err != nil || c.skipped > c.site.config.Limits.Drain {
		c.finish()
		return false
	}
	return n > 0 || c.bodyDone()
}

// settle decides whether to read on, and what there is to wait for.
func (c *conn) settle() {
	if c.lost || c.closing || c.lingering {
		return
	}
	r := c.cur
	switch {
	case c.full || r != nil && r.intake != nil && r.intake.paused && !r.finished:
		c.setReading(false)
	case c.again != nil && c.again.Active(): // the next pass has work already
		c.setReading(len(c.in) < c.site.config.Limits.ReadAhead)
	case r == nil, r.finished, r.bodyOpen() && !c.bodyDone():
		c.setReading(true)
	default:
		// Reading a little further than this request is how the client's disappearance is noticed.
		c.setReading(len(c.in) < c.site.config.Limits.ReadAhead)
	}
	c.clock.settle(r)
}

func (c *conn) setReading(on bool) {
	if on == c.reading {
		return
	}
	if c.reading = on; on {
		c.t.Resume()
	} else {
		c.t.Pause()
	}
}

var (
	_ protocol.Protocol        = (*conn)(nil)
	_ protocol.HalfCloser      = (*conn)(nil)
	_ protocol.BufferDiscarder = (*conn)(nil)
	_ protocol.Producer        = (*conn)(nil)
	_ stream                   = (*conn)(nil)
)
