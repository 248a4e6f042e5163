// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// An h2conn drives the client's end of an HTTP/2 connection for a conn, and carries any number of exchanges.
type h2conn struct {
	c      *conn
	m      *h2.Conn
	in     []byte // input that was not consumed; during received it may be lent
	scheme string
	fresh  []*h2stream // that have news for their handlers since Flush
	used   int         // exchanges begun
	limits h2.Limits
	broken *h2.Error // the rule that was broken last

	busy, // in a pass over the input, or sending
	full, // the transport asked to pause
	answered, // an exchange
	idle bool // in the ring of the group
	replied int // to control frames when it became full

	heard time.Time
	timer protocol.DelayedCall // nil before the first
}

// The windows of a client, whose responses are what is large.
const (
	streamWindow, streamWindowMax = 256 << 10, 4 << 20
	connWindow, connWindowMax     = 1 << 20, 16 << 20
	maxStreams                    = 1000  // at a time on a connection, if the server allows it
	maxReplies                    = 17408 // octets of answers to control frames for a server that does not read
	pingAfter, pingWait           = 30 * time.Second, 15 * time.Second
	pumpSize                      = 65536
)

func limits2(l *h1.Limits) h2.Limits {
	return h2.Limits{
		Streams: maxStreams, HeaderList: l.Head, Fields: l.Fields, Field: l.Field, Continuations: 16, FrameSize: h2.MinFrameSize, Drain: 256 << 10, Table: 4096,
		StreamWindow: streamWindow, StreamWindowMax: streamWindowMax, ConnWindow: connWindow, ConnWindowMax: connWindowMax, Resets: 500, Control: 1000,
	}
}

func newH2conn(c *conn) *h2conn {
	two := &h2conn{c: c, scheme: "http", heard: c.pool.loop.Now(), limits: limits2(&c.pool.cfg.Limits)}
	if _, ok := protocol.As[tlswrap.Transport](c.t); ok {
		two.scheme = "https"
	}
	two.m = h2.NewClient(two, &two.limits, two.heard)
	c.two = two
	c.t.RegisterProducer(two, protocol.PushProducer)
	return two
}

// takes reports whether x can be begun.
func (c *h2conn) takes(x *Exchange) bool {
	return !c.over() && c.m.Room() > 0 && (!x.Fresh || c.used == 0) && (x.Request.Upgrade == "" || c.m.Connects())
}

// unsettled reports whether nobody knows yet what the server takes.
func (c *h2conn) unsettled() bool { return !c.over() && !c.m.Settled() }

func (c *h2conn) over() bool { return c.c.lost || c.c.closing }

func (c *h2conn) received(p []byte) {
	if c.over() {
		return
	}
	own := len(c.in) > 0
	if own {
		c.in = append(c.in, p...)
	} else {
		c.in = p
	}
	c.heard = c.c.pool.loop.Now()
	c.m.SetNow(c.heard)
	c.busy = true
	var err error
	for n := -1; n != 0 && err == nil && !c.over(); c.in = c.in[n:] {
		n, err = c.m.Next(c.in)
	}
	for i := 0; i < len(c.fresh); i++ {
		if s := c.fresh[i]; s.news && s.x.c == s {
			s.news = false
			s.x.Handler.Flush()
		}
	}
	c.fresh = c.fresh[:0]
	c.busy = false
	switch {
	case err != nil:
		c.violated(err)
		return
	case len(c.in) == 0 || c.over():
		c.in = nil
	case !own:
		c.in = append([]byte(nil), c.in...)
	}
	if c.full && c.m.Replied()-c.replied > maxReplies {
		c.fail(&protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow, Err: errors.New("the server does not read the answers to its control frames")})
		return
	}
	c.c.pool.serve() // before it is decided whether the connection is kept
	c.Leave()
}

// Enter precedes what may use m.
func (c *h2conn) Enter() {
	if !c.busy {
		c.m.SetNow(c.c.pool.loop.Now())
	}
}

// Leave follows it: what waits is sent.
func (c *h2conn) Leave() {
	if c.busy {
		return
	}
	c.busy = true
	for c.flush(); !c.full && !c.over(); c.flush() {
		if c.m.Pump(pumpSize); len(c.m.Out) == 0 {
			break
		}
	}
	c.busy = false
	c.settle()
}

// Transport returns that of the connection.
func (c *h2conn) Transport() protocol.Transport { return c.c.t }

func (c *h2conn) flush() {
	if out := c.m.Out; len(out) > 0 && !c.over() {
		c.c.t.Write(out)
	}
	if c.m.Out = c.m.Out[:0]; cap(c.m.Out) > 2*pumpSize {
		c.m.Out = nil
	}
}

// settle decides whether the connection is kept, and what there is to wait for.
func (c *h2conn) settle() {
	p := c.c.pool
	switch open := len(c.m.Streams()); {
	case c.over():
	case open > 0:
		c.wake()
		c.wait(pingAfter)
	case c.unsettled() && len(p.queue) > 0: // somebody waits for its settings
		c.wait(p.cfg.Idle)
	case c.m.Spent(), p.closed, p.cfg.MaxIdle == 0, p.group.Max > 0 && p.group.starving():
		c.c.close()
	case !c.idle:
		c.idle = true
		p.group.rest(c.c)
		c.wait(p.cfg.Idle)
	}
}

func (c *h2conn) wake() {
	if c.idle {
		c.idle = false
		c.c.wake()
	}
}

// ending is called before the transport is told to close: the server is told first.
func (c *h2conn) ending() {
	if !c.c.lost && !c.m.PeerGone() {
		c.m.GoAway(h2.NoError, false, "")
	}
	if out := c.m.Out; len(out) > 0 && !c.c.lost {
		c.m.Out = nil
		c.c.t.Write(out)
	}
	c.c.t.UnregisterProducer()
}

// gone is called when nothing can be begun any more.
func (c *h2conn) gone() {
	c.wake()
	if i := slices.Index(c.c.pool.twos, c); i >= 0 {
		c.c.pool.twos = slices.Delete(c.c.pool.twos, i, i+1)
	}
	if c.timer != nil {
		c.timer.Cancel()
	}
}

// violated ends the connection because of what the server has sent.
func (c *h2conn) violated(err error) {
	code, reason := h2.ProtocolError, ""
	if e, ok := errors.AsType[*h2.Error](err); ok {
		code, reason = e.Code, e.Reason
	}
	c.m.GoAway(code, false, reason)
	c.flush()
	c.c.close()
	c.endAll(protocol.Violation(err))
}

// fail cuts the connection.
func (c *h2conn) fail(reason error) {
	c.c.drop()
	c.endAll(reason)
}

// endAll ends what the connection carries.
func (c *h2conn) endAll(reason error) {
	for _, st := range slices.Clone(c.m.Streams()) {
		if st.Drop(); st.Tunnelled() != nil {
			st.Tunnelled().Lost(reason)
			continue
		}
		st.Owner.(*h2stream).fail(reason)
	}
}

// lost is the end of the connection.
func (c *h2conn) lost(reason error) {
	c.in = nil
	c.gone()
	if errors.Is(reason, protocol.ErrConnectionDone) {
		reason = protocol.Lost(io.ErrUnexpectedEOF)
	}
	c.endAll(reason)
}

// wait has the timer run in d, if it would not run sooner.
func (c *h2conn) wait(d time.Duration) {
	switch loop := c.c.pool.loop; {
	case d < 0:
	case c.timer == nil:
		c.timer = loop.CallLater(d, c.expired)
	case !c.timer.Active(), c.timer.Time().Sub(loop.Now()) > d:
		c.timer.Rearm(d)
	}
}

var (
	errSilent   = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the server does not answer a PING")}
	errNoAnswer = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the server does not answer")}
)

// expired looks at all that the connection waits for.
func (c *h2conn) expired() {
	now := c.c.pool.loop.Now()
	if c.over() {
		return
	}
	c.Enter()
	if len(c.m.Streams()) == 0 {
		if left := c.heard.Add(c.c.pool.cfg.Idle).Sub(now); left > 0 && c.idle {
			c.wait(left)
			return
		}
		c.c.close()
		return
	}
	next := c.probe(now)
	if next < 0 {
		c.fail(errSilent)
		return
	}
	for _, st := range slices.Clone(c.m.Streams()) {
		if s, ok := st.Owner.(*h2stream); ok && st.Tunnelled() == nil && !s.deadline.IsZero() {
			if left := s.deadline.Sub(now); left > 0 {
				next = min(next, left)
			} else {
				s.expired()
			}
		}
	}
	if c.Leave(); !c.over() && len(c.m.Streams()) > 0 {
		c.wait(next)
	}
}

// probe sends a PING to a server that is silent, and returns when to look again, negative if it did not answer.
func (c *h2conn) probe(now time.Time) time.Duration {
	if c.m.Pinged() {
		since := c.m.PingSent()
		if c.heard.After(since) {
			since = c.heard
		}
		if left := since.Add(pingWait).Sub(now); left > 0 {
			return left
		}
		return -1
	}
	if left := c.heard.Add(pingAfter).Sub(now); left > 0 {
		return left
	}
	c.m.Ping()
	return pingWait
}

// Pause is called by the transport when the server does not take what was written.
func (c *h2conn) Pause() { c.full, c.m.Full, c.replied = true, true, c.m.Replied() }

// Resume is called by the transport when everything has left.
func (c *h2conn) Resume() {
	if c.full, c.m.Full = false, false; !c.over() && !c.busy {
		c.Enter()
		c.Leave()
	}
}

// Stop is called by the transport when the connection is gone; ConnectionLost follows.
func (c *h2conn) Stop(error) {}

// Response is the head of a response.
func (c *h2conn) Response(st *h2.Stream, h *h1.ResponseHead) { st.Owner.(*h2stream).response(h) }

// Data is a piece of its body.
func (c *h2conn) Data(st *h2.Stream, p []byte) { st.Owner.(*h2stream).data(p) }

// End is its end.
func (c *h2conn) End(st *h2.Stream, trailer h1.Lines) { st.Owner.(*h2stream).end(trailer) }

// Reset is its end before its time.
func (c *h2conn) Reset(st *h2.Stream, err *h2.Error) { st.Owner.(*h2stream).wasReset(err) }

// Refused tells that the server has broken a rule; Reset follows, of what that costs.
func (c *h2conn) Refused(err *h2.Error) { c.broken = err }

// Ready has the producer of a stream go on.
func (c *h2conn) Ready(st *h2.Stream) {
	s := st.Owner.(*h2stream)
	c.c.pool.loop.CallLater(0, s.resume)
}

// Settled may mean that more can be begun: serve follows the pass.
func (c *h2conn) Settled() {}

// GoingAway means that nothing more can be begun.
func (c *h2conn) GoingAway(h2.Code) {
	p := c.c.pool
	if i := slices.Index(p.twos, c); i >= 0 {
		p.twos = slices.Delete(p.twos, i, i+1)
	}
}

var (
	_ h2.ClientHandler  = (*h2conn)(nil)
	_ h2.Carrier        = (*h2conn)(nil)
	_ protocol.Producer = (*h2conn)(nil)
)
