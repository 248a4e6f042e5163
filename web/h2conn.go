// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// h2conn is an HTTP/2 connection: it drives an h2.Conn with what the transport delivers, and its streams carry Requests. It takes a conn's place when the client turns out to
// speak HTTP/2. What is written in one pass of the loop leaves in one write.
//
//	received ──> process: [next frame: Request, Data, ...] ... ──> pump: what waits, by priority ──> settle: reading, timers
//	Write, Finish, Resume, ... ──> enter ──> leave: pump, settle
type h2conn struct {
	conn *conn
	site *Site
	t    protocol.Transport
	loop protocol.Loop
	m    *h2.Conn
	desk *desk // whose memory m.Out is; nil when there is no output

	in   []byte // input that was not consumed
	own  bool   // in is this connection's own memory
	todo []*h2stream
	head headCache

	spare     *[]byte // of gathered
	counted   int     // requests that the site's counter has
	producers int     // registered
	written   int64   // bytes given to the transport
	choked    int64   // written when the transport became full
	replied   int     // to control frames by then
	resumes   int64

	full, // the transport asked to pause
	reading, // the transport is not paused by us
	busy, // process or pump is running
	noted, // the access log is to be flushed
	draining, // the first GOAWAY was sent
	closes, // a response asks for drain
	leaving, // the last GOAWAY was sent: the connection ends with its streams
	lingering, // everything was sent; what still comes is dropped
	closing bool

	again protocol.DelayedCall // kick; nil before the first
	clock h2timer
}

// Enter, Leave and Transport are for tunnels.
func (c *h2conn) Enter() { c.enter() }

// Leave follows what a tunnel has done.
func (c *h2conn) Leave() { c.leave() }

// Transport returns that of the connection.
func (c *h2conn) Transport() protocol.Transport { return c.t }

// recognise finds out whether the client speaks HTTP/2, and has an h2conn take over then: by ALPN, or by the first bytes, if they come in plain text. It reports whether p was
// dealt with. Upgrade to h2c is no more (RFC 9113 section 3.1).
func (c *conn) recognise(p []byte) bool {
	if c.site.config.HTTP2.Disabled {
		c.fresh = false
		return false
	}
	c.in = append(c.in, p...)
	n, only := min(len(c.in), len(h2.Preface)), c.site.config.HTTP2.Only
	speaks := string(c.in[:n]) == h2.Preface[:n]
	t, secure := protocol.As[tlswrap.Transport](c.t)
	switch {
	case secure && t.NegotiatedProtocol() == "h2":
		speaks = true
	case secure && only:
		c.begin2().violated(errNoALPN)
		return true
	case secure:
		speaks = false
	case only: // the h2conn refuses what is no preface
		speaks = true
	case speaks && n < len(h2.Preface):
		return true // nobody can tell yet
	}
	c.fresh = false
	if !speaks {
		if len(c.in) == len(p) {
			c.in = nil
		} else {
			c.in = c.in[:len(c.in)-len(p)]
		}
		return false
	}
	in := c.in
	c.in = nil
	c.begin2().received(in)
	return true
}

var errNoALPN = &h2.Error{Code: h2.ProtocolError, Reason: "ALPN did not choose h2"}

// begin2 has an h2conn take over.
func (c *conn) begin2() *h2conn {
	c.in, c.fresh = nil, false
	c.clock.stop()
	c.two = newH2conn(c)
	c.t.UnregisterProducer()
	c.t.RegisterProducer(c.two, protocol.PushProducer)
	return c.two
}

func newH2conn(c *conn) *h2conn {
	two := &h2conn{conn: c, site: c.site, t: c.t, loop: c.loop, reading: true}
	two.clock.c = two
	two.m = h2.NewConn(two, &c.site.limits2, c.loop.Now())
	two.clock.heard, two.clock.head = c.loop.Now(), c.loop.Now()
	if c.site.draining.Load() {
		two.drain()
	}
	return two
}

func (c *h2conn) received(p []byte) {
	switch {
	case c.conn.lost || c.closing:
		return
	case c.lingering:
		if c.conn.skipped += int64(len(p)); c.conn.skipped > c.site.config.Limits.Drain {
			c.setReading(false)
		}
		return
	case len(c.in) > 0:
		c.in, c.own = append(c.in, p...), true
	default:
		c.in, c.own = p, false
	}
	c.clock.heard = c.loop.Now()
	c.process()
	switch {
	case len(c.in) == 0:
		c.in, c.own = nil, false
	case !c.own:
		c.in, c.own = append([]byte(nil), c.in...), true
	}
}

// process takes the frames off the input, gives bodies to those who have begun to want them, and sends what that has led to.
func (c *h2conn) process() {
	if c.busy || c.over() {
		return
	}
	c.enter()
	c.busy = true
	defer c.processed()
	for budget := c.m.Requests() + passWork; ; {
		c.feedAll()
		n, err := c.m.Next(c.in)
		if c.in = c.in[n:]; err != nil {
			c.violated(err)
			return
		}
		if n == 0 || c.over() {
			break
		}
		if len(c.m.Out) >= deskFull {
			c.flush()
			c.open()
		}
		if c.choking() {
			break // Resume goes on
		}
		if c.m.Requests() >= budget && len(c.in) > 0 {
			c.kick()
			break
		}
	}
	if c.full && c.m.Replied()-c.replied > c.site.config.HTTP2.ControlQueue {
		c.site.stats.overflowed.Add(1)
		c.fail(errControlQueue)
	}
}

// choking reports whether the client has had its share: when it takes nothing some is read for what that may free, windows and resets, but not for ever.
func (c *h2conn) choking() bool {
	return c.full && c.written+int64(len(c.m.Out))-c.choked >= protocol.HighWater
}

var errControlQueue = &protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow, Err: errors.New("the client does not read the answers to its control frames")}

// processed ends process.
func (c *h2conn) processed() {
	c.busy = false
	c.leave()
	if c.noted {
		c.noted = false
		c.site.config.AccessLog.(passLog).flush()
	}
	if b := c.spare; b != nil {
		c.spare = nil
		gathered.Put(b)
	}
	if n := c.m.Requests() - c.counted; n > 0 {
		c.counted += n
		c.site.stats.requests.Add(int64(n))
	}
}

// over reports whether nothing is to be done any more.
func (c *h2conn) over() bool { return c.conn.lost || c.closing || c.lingering }

// enter precedes whatever may use m.
func (c *h2conn) enter() {
	if c.busy {
		return
	}
	c.m.SetNow(c.loop.Now())
	c.open()
}

// open makes room for output.
func (c *h2conn) open() {
	if c.desk == nil {
		c.desk = desks.Get().(*desk)
		c.m.Out = append(c.desk.out, c.m.Out...)
	}
}

// leave follows it.
func (c *h2conn) leave() {
	if c.busy {
		return
	}
	if !c.over() {
		c.busy = true
		c.pump()
		c.busy = false
		c.settle()
	}
	c.flush()
}

// pumpSize is how much output is put together from what waits before it goes to the transport.
const pumpSize = 65536

// pump sends what waits as far as the transport takes it.
func (c *h2conn) pump() {
	for !c.full && !c.over() {
		c.open()
		c.m.Pump(pumpSize)
		if len(c.m.Out) == 0 {
			break
		}
		c.flush()
	}
	if c.producers > 0 {
		c.hold()
	}
}

// flush gives the output to the transport.
func (c *h2conn) flush() {
	if c.desk == nil && len(c.m.Out) == 0 {
		return
	}
	c.open()
	d := c.desk
	c.desk = nil
	d.out = c.m.Out
	c.m.Out = nil
	if len(d.out) > 0 && !c.conn.lost {
		c.written += int64(len(d.out))
		c.t.Write(d.out)
	}
	d.clear()
}

// kick has process called in the loop's next pass.
func (c *h2conn) kick() {
	switch {
	case c.conn.lost:
	case c.again == nil:
		c.again = c.loop.CallLater(0, func() {
			c.process()
			if len(c.in) == 0 {
				c.in, c.own = nil, false
			}
		})
	case !c.again.Active():
		c.again.Rearm(0)
	}
}

// attend has the body of s looked at.
func (c *h2conn) attend(s *h2stream) {
	if !s.attended {
		s.attended = true
		c.todo = append(c.todo, s)
	}
	if !c.busy {
		c.kick()
	}
}

func (c *h2conn) feedAll() {
	for i := 0; i < len(c.todo); i++ {
		s := c.todo[i]
		c.todo[i] = nil
		s.attended = false
		s.feed()
	}
	c.todo = c.todo[:0]
}

// settle decides whether to read on, what there is to wait for, and whether this was all.
func (c *h2conn) settle() {
	if c.over() {
		return
	}
	if c.draining && !c.leaving && !c.m.Pinged() {
		c.lastCall()
	}
	if (c.leaving || c.m.PeerGone()) && len(c.m.Streams()) == 0 {
		c.finish()
		return
	}
	if n := c.m.Tunnels(); n > 0 && (c.leaving || c.m.PeerGone()) && n == len(c.m.Streams()) && !c.drains() {
		c.site.remove(c.conn) // nobody waits for what is not the site's any more
	}
	if c.m.Requests() >= c.site.config.Limits.Requests {
		c.lastCall()
	}
	switch {
	case c.full:
		c.setReading(!c.choking())
	case c.again != nil && c.again.Active():
		c.setReading(len(c.in) < c.site.config.Limits.ReadAhead+c.site.config.HTTP2.FrameSize)
	default:
		c.setReading(true)
	}
	c.clock.settle()
}

func (c *h2conn) setReading(on bool) {
	if on == c.reading {
		return
	}
	if c.reading = on; on {
		c.t.Resume()
	} else {
		c.t.Pause()
	}
}

// NewStream is called for each request.
func (c *h2conn) NewStream() *h2.Stream {
	s := &h2stream{c: c}
	s.Owner = s
	return &s.Stream
}

// Request begins the request of a stream.
func (c *h2conn) Request(st *h2.Stream, h *h1.Head, refusal *h1.Error) {
	s := st.Owner.(*h2stream)
	r := &s.req
	if c.site.config.AccessLog != nil {
		s.began = time.Since(epoch)
	}
	ok := r.begin(h, s, c.loop.Now())
	r.Proto, r.minor = "HTTP/2.0", 0
	if h.Protocol != "" {
		r.extra().protocol = h.Protocol
	}
	switch {
	case refusal != nil:
		c.site.stats.refused.Add(1)
		c.site.report(c.loop.Now(), c.t, refusal.Error())
		r.Error(refusal.Status, refusal.Reason)
		r.Finish()
	case !ok:
		r.Error(400, "The path is not percent-encoded properly.")
		r.Finish()
	default:
		r.protect(func() { c.site.render(r) })
	}
}

// Data takes a piece of the body of a stream.
func (c *h2conn) Data(st *h2.Stream, p []byte) { st.Owner.(*h2stream).data(p) }

// End takes the end of the body of a stream.
func (c *h2conn) End(st *h2.Stream, trailer h1.Lines) {
	s := st.Owner.(*h2stream)
	s.req.Trailer.lines = trailer
	s.feed()
}

// Reset ends the request of a stream.
func (c *h2conn) Reset(st *h2.Stream, err *h2.Error) {
	st.Owner.(*h2stream).ended(protocol.Lost(err))
}

// Refused counts and logs what the client did wrong.
func (c *h2conn) Refused(err *h2.Error) {
	c.site.stats.refused.Add(1)
	c.site.report(c.loop.Now(), c.t, err.Error())
}

// Ready has the producer of a stream go on.
func (c *h2conn) Ready(st *h2.Stream) { st.Owner.(*h2stream).ready() }

// Pause is called by the transport when the client does not take what was written.
func (c *h2conn) Pause() {
	if c.full {
		return
	}
	c.full, c.m.Full = true, true
	c.choked, c.replied = c.written, c.m.Replied()
}

// Resume is called by the transport when everything has left.
func (c *h2conn) Resume() {
	c.resumes++
	if !c.full {
		return
	}
	c.full, c.m.Full = false, false
	if !c.over() && !c.busy {
		c.kick()
	}
}

// Stop is called by the transport when the connection is gone; ConnectionLost follows.
func (c *h2conn) Stop(error) {}

var (
	_ h2.Handler        = (*h2conn)(nil)
	_ protocol.Producer = (*h2conn)(nil)
)
