// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"cmp"
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// h2stream is one request on an HTTP/2 connection, and what carries it.
type h2stream struct {
	h2.Stream
	req Request
	c   *h2conn
	in  []byte // of the body, not asked for yet: a window's worth at most

	producer protocol.Producer
	mode     protocol.ProducerMode
	paused   bool // a push producer
	writing  bool // in a write of the producer's, perhaps: it must not be called
	late     bool // it is to be called after that
	attended bool // in todo
	held     bool // counts although it is over
	opens    bool // the response is the head of a tunnel
	began    time.Duration

	body  rated // the wait for the body
	stall mark  // the wait for the client to take the response
}

func (s *h2stream) transport() protocol.Transport { return s.c.t }

func (s *h2stream) server() *Site { return s.c.site }

func (s *h2stream) room() *[]byte {
	if b := s.c.spare; b != nil {
		s.c.spare = nil
		return b
	}
	return gathered.Get().(*[]byte)
}

func (s *h2stream) leave(b *[]byte) {
	if cap(*b) != gatherMax {
		return
	}
	if *b = (*b)[:0]; s.c.busy && s.c.spare == nil {
		s.c.spare = b
		return
	}
	gathered.Put(b)
}

func (s *h2stream) sendHead(r *Request, body []byte, last bool) {
	c := s.c
	c.enter()
	var tail []h1.Field
	if last {
		tail = s.tail()
		s.last()
	}
	if r.bodiless {
		body = nil
	}
	s.Headers(c.encode(s), last && len(body) == 0 && len(tail) == 0)
	if len(body) > 0 || last {
		s.Write(body, last, tail)
	}
	s.wrote()
	if c.closes { // not while the header was encoded: others may write theirs now
		c.closes = false
		c.drain()
	}
}

func (s *h2stream) sendBody(_ *Request, p []byte) {
	s.c.enter()
	s.Write(p, false, nil)
	s.wrote()
}

func (s *h2stream) sendEnd(*Request) {
	s.c.enter()
	s.last()
	s.Write(nil, true, s.tail())
	s.c.leave()
}

// last precedes the end of the response.
func (s *h2stream) last() {
	if s.req.expects { // and was not told to go on: nobody knows whether it will
		s.Unwanted()
	}
}

// tail returns the trailer of the response.
func (s *h2stream) tail() []h1.Field {
	r := &s.req
	if r.more == nil || r.bodiless {
		return nil
	}
	if r.more.trailer.bad() {
		r.complain("web: trailer left out", "error", r.more.trailer.Err())
		return nil
	}
	return r.more.trailer.fields()
}

// wrote follows a write that was not the last.
func (s *h2stream) wrote() {
	c := s.c
	if !c.busy {
		s.writing = true
		c.leave()
		s.writing = false
	}
	if s.late || s.mode == protocol.PullProducer {
		s.want()
	}
	if c.m.Queued > cmp.Or(c.site.config.Limits.Queue, 16<<20) && !s.Gone() {
		c.site.stats.overflowed.Add(1)
		c.site.report(c.loop.Now(), c.t, errQueue.Error())
		s.cut(h2.InternalError, errQueue)
		return
	}
	if c.busy && s.Queued() > protocol.HighWater {
		s.hold()
	}
}

var errQueue = &protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow, Err: errors.New("too much unsent data: it does not read")}

func (s *h2stream) sendInterim(_ *Request, status int, h *Header) {
	if s.Gone() {
		return
	}
	c := s.c
	c.enter()
	c.m.Enc.Begin()
	c.m.Enc.Status(status)
	for _, f := range h.fields() {
		if name := h2.LowerName(f.Name); !perConnection(name) {
			c.m.Enc.Field(name, f.Value)
		}
	}
	s.Headers(c.m.Enc.Block(), false)
	c.leave()
}

func (s *h2stream) responded(r *Request) {
	if r.gone { // cut off by what it wrote last
		return
	}
	s.record()
	if s.in = nil; !s.Gone() && !s.Ended() {
		s.body.start(s.c.loop.Now())
	}
	r.tell(nil)
}

func (s *h2stream) record() {
	r := &s.req
	if s.c.site.config.AccessLog == nil {
		return
	}
	if r.logAccess(s.began, s.c.busy) {
		s.c.noted = true
	}
}

func (s *h2stream) bodyFlow(*Request) {
	if !s.Gone() {
		s.c.attend(s)
	}
}

func (s *h2stream) register(p protocol.Producer, mode protocol.ProducerMode) error {
	s.c.producers++
	s.producer, s.mode, s.paused = p, mode, false
	if mode == protocol.PullProducer {
		s.want()
	}
	return nil
}

// want has the producer called when something can be sent, but not from here.
func (s *h2stream) want() {
	s.late = false
	if s.producer == nil || s.mode == protocol.PushProducer && !s.paused {
		return
	}
	if s.Want(); !s.c.busy {
		s.c.kick()
	}
}

func (s *h2stream) unregister() {
	if s.producer != nil {
		s.c.producers--
		s.producer = nil
		s.Unwant()
	}
}

func (s *h2stream) abort(*Request) { s.cut(h2.InternalError, protocol.Aborted()) }

// cut resets the stream and ends its request.
func (s *h2stream) cut(code h2.Code, reason error) {
	if s.Gone() {
		return
	}
	s.c.enter()
	s.Reset(code)
	if p := s.end(reason); p != nil {
		s.c.loop.CallLater(0, func() { p.Stop(reason) }) // which may be what is writing
	}
	s.c.leave()
}

// ended follows the end of the stream before that of the response. The producer is stopped at once: one that writes until it is paused or stopped would go on for ever.
func (s *h2stream) ended(reason error) {
	if p := s.end(reason); p != nil {
		s.req.protect(func() { p.Stop(reason) })
	}
}

// end ends the request of a stream that has ended, and returns the producer, which is to be stopped, or nil.
func (s *h2stream) end(reason error) protocol.Producer {
	r := &s.req
	s.in = nil
	p := s.producer
	s.unregister()
	if r.gone || r.finished {
		return p
	}
	r.closed(reason)
	if r.more.working() {
		s.held = true
		s.c.m.Held++
	}
	s.record()
	return p
}

// released is called when nobody works for a request any more whose client is gone.
func (s *h2stream) released() {
	if s.held {
		s.held = false
		s.c.m.Held--
	}
}

// data takes a piece of the request's body.
func (s *h2stream) data(p []byte) {
	r := &s.req
	switch {
	case r.finished || r.gone:
		s.body.n += int64(len(p))
		s.Consumed(len(p))
	case r.bodyOpen() && len(s.in) == 0:
		s.deliver(p)
	default:
		s.in = append(s.in, p...)
	}
}

func (s *h2stream) deliver(p []byte) {
	r := &s.req
	r.expects = false
	b := r.intake
	if b.tooLarge(int64(len(p))) {
		s.tooLarge()
		return
	}
	b.received += int64(len(p))
	s.body.n += int64(len(p))
	r.protect(func() { b.onData(p) })
	s.Consumed(len(p))
}

func (s *h2stream) tooLarge() {
	r := &s.req
	s.c.site.stats.refused.Add(1)
	s.c.site.report(s.c.loop.Now(), s.c.t, ErrBodyTooLarge.Error())
	s.in = nil
	s.Unwanted()
	r.endBody(ErrBodyTooLarge, 413)
}

// feed gives what there is of the body to the resource, if it waits for it.
func (s *h2stream) feed() {
	r := &s.req
	for r.bodyOpen() && !r.gone && !r.finished {
		switch in := s.in; {
		case r.length > 0 && r.intake.tooLarge(r.length-r.intake.received):
			s.tooLarge()
		case len(in) > 0:
			s.in = nil
			s.deliver(in)
		case s.Ended():
			r.endBody(nil, 0)
		default:
			if r.expects && !r.headSent {
				r.expects = false
				s.sendInterim(r, 100, new(Header))
			}
			if !s.body.on {
				s.body.start(s.c.loop.Now())
			}
			return
		}
	}
	s.body.on = false
}

// ready has the producer go on.
func (s *h2stream) ready() {
	switch p := s.producer; {
	case p == nil:
	case s.writing:
		s.late = true
	case s.mode == protocol.PullProducer:
		p.Resume()
	case s.paused:
		s.paused = false
		p.Resume()
	}
}

// hold pauses the producer until what it has written is sent.
func (s *h2stream) hold() {
	if s.producer != nil && s.mode == protocol.PushProducer && !s.paused {
		s.paused = true
		s.Want()
		s.producer.Pause()
	}
}

// hold pauses the producers of all streams that cannot send.
func (c *h2conn) hold() {
	streams := c.m.Streams()
	for i := 0; i < len(streams); i++ {
		if s, ok := streams[i].Owner.(*h2stream); ok && s.producer != nil && !s.Open() {
			s.hold()
		}
	}
}

// errSlowRead is the end of a response that the client does not take.
var errSlowRead = &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout, Err: errors.New("the client does not read")}

var _ stream = (*h2stream)(nil)
