// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"errors"
	"fmt"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// An h2stream carries one exchange on an HTTP/2 connection.
type h2stream struct {
	st       h2.Stream
	c        *h2conn
	x        *Exchange
	in       []byte // of the body, not wanted yet: a window's worth at most
	trailer  h1.Lines
	deadline time.Time // zero for none
	moved    int64     // of the request's body, at the last look

	headed, // the head of the response has come
	upgradable,
	ended, // the response is complete, behind in
	held, // the producer is paused
	kicked, // deliver is to be called
	news bool // the handler was told something since Flush
}

// begin sends the head of x, and its body if that is there.
func (c *h2conn) begin(x *Exchange) {
	p := c.c.pool
	idle := time.Duration(-1)
	if c.idle {
		idle = p.loop.Now().Sub(c.heard)
	}
	if !x.gotConn(c.c.t, c.used > 0, idle) {
		c.Leave()
		return
	}
	err := x.check2()
	if most := c.m.HeaderList(); err == nil && most > 0 && c.headSize(x) > most {
		err = ErrHeaderTooLarge
	}
	if err != nil {
		x.over = true
		p.loop.CallLater(0, func() { x.tell(&Error{PhaseRequest, err}) })
		return
	}
	s := &h2stream{c: c, x: x}
	s.st.Owner = s
	x.c, x.started, x.reused = s, true, c.used > 0
	c.used++
	c.wake()
	c.Enter()
	if c.m.PingSent().IsZero() && c.c.pool.loop.Now().Sub(c.heard) > pingAfter/2 && x.reused { // it may be dead: find out sooner
		c.m.Ping()
	}
	tunnel := x.Request.Upgrade != "" || x.Method == "CONNECT"
	x.finished = tunnel || x.Length == 0 || x.Content != nil
	c.m.Enc.Begin()
	c.encode(x, c.m.Enc)
	c.m.Begin(&s.st, c.m.Enc.Block(), !tunnel && x.Length == 0 || x.Content != nil && len(x.Content) == 0, x.Method == "HEAD")
	if len(x.Content) > 0 {
		s.st.Write(x.Content, true, nil)
	}
	s.wait(or(x.Times.Response, p.cfg.Response))
	c.Leave()
	if x.c == s {
		x.wroteHeaders()
	}
	if x.finished && x.c == s {
		x.wroteRequest(nil)
	}
	if x.producer != nil && !x.finished && x.c == s {
		x.producer.Resume()
	}
}

// check2 finds what cannot be sent before anything is encoded: the table of the encoder must not differ from the server's.
func (x *Exchange) check2() error {
	if err := x.Check(); err != nil {
		return err
	}
	if x.Request.Upgrade != "" && !h1.IsToken(x.Request.Upgrade) {
		return errors.New("malformed Upgrade")
	}
	for _, f := range x.Fields {
		if !h1.Framed(f.Name) && (!h1.IsToken(f.Name) || !h1.IsFieldValue(f.Value)) {
			return fmt.Errorf("header field %q cannot be sent", f.Name)
		}
	}
	return nil
}

// encode encodes the head of x (RFC 9113 section 8.3.1, RFC 8441 section 4).
func (c *h2conn) encode(x *Exchange, e fieldSink) {
	switch {
	case x.Request.Upgrade != "":
		e.Pseudo(":method", "CONNECT")
		e.Pseudo(":protocol", x.Request.Upgrade)
	default:
		e.Pseudo(":method", x.Method)
	}
	if x.Request.Upgrade == "" && x.Method == "CONNECT" {
		e.Pseudo(":authority", x.Target)
	} else {
		e.Pseudo(":scheme", c.scheme)
		e.Pseudo(":authority", x.Host)
		e.Pseudo(":path", x.Target)
	}
	for _, f := range x.Fields {
		switch name := h2.LowerName(f.Name); {
		case name == "trailer":
			e.Field(name, h1.Trim(f.Value))
		case h1.Framed(name), name == "expect", name == "upgrade", name == "te", name == "http2-settings", x.Request.Upgrade != "" && name == "sec-websocket-key":
		default:
			e.Field(name, h1.Trim(f.Value))
		}
	}
	if x.Length > 0 || x.Length == 0 && (x.Method == "POST" || x.Method == "PUT" || x.Method == "PATCH") {
		e.Int("content-length", x.Length)
	}
	if x.Expect && x.Length != 0 {
		e.Field("expect", "100-continue")
	}
	if x.Trailers {
		e.Field("te", "trailers")
	}
}

func (s *h2stream) conn() *conn { return s.c.c }

func (s *h2stream) left() int64 {
	if n := s.st.Left(); n >= 0 {
		return n + int64(len(s.in))
	}
	return -1
}

func (s *h2stream) down() bool { return s.c.over() }

func (s *h2stream) begun() bool { return s.headed }

func (s *h2stream) blocked() bool { return s.held }

func (s *h2stream) writeBody(p []byte, _ bool) {
	s.c.Enter()
	s.st.Write(p, false, nil)
	s.c.Leave()
	if x := s.x; x.producer != nil && !s.held && !s.st.Open() {
		s.held = true
		s.st.Want()
		x.producer.Pause()
	}
}

func (s *h2stream) finishBody(trailer []h1.Field, _ bool) {
	if !s.headed {
		s.wait(or(s.x.Times.Response, s.c.c.pool.cfg.Response))
	}
	s.c.Enter()
	s.st.Write(nil, true, trailer)
	s.c.Leave()
}

// resume lets the producer go on.
func (s *h2stream) resume() {
	if x := s.x; s.held && x.c == s {
		if s.held = false; x.producer != nil {
			s.wait(s.between())
			x.producer.Resume()
		}
	}
}

func (s *h2stream) settle() {
	if s.x.paused {
		s.waitUnread()
	}
}

// waitUnread waits for the end of the time that the response may wait in a Pause, and reports whether there is any left.
func (s *h2stream) waitUnread() bool {
	left, limited := s.x.unread()
	if !limited {
		left = -1
	} else if left <= 0 {
		return false
	}
	s.wait(left)
	return true
}

func (s *h2stream) proceed() {
	s.wait(s.between())
	if !s.kicked && !s.c.busy {
		s.kicked = true
		s.c.c.pool.loop.CallLater(0, s.deliver)
	}
}

// drop cancels the exchange; the connection stays.
func (s *h2stream) drop() {
	s.in = nil
	s.c.Enter()
	s.st.Reset(h2.Cancel)
	s.c.Leave()
	if !s.c.busy {
		s.c.c.pool.loop.CallLater(0, s.c.c.pool.serve)
	}
}

func (s *h2stream) take(x *Exchange, p protocol.Protocol) error {
	if s.down() || !s.upgradable || s.st.Gone() && !s.ended {
		return errUpgrade
	}
	x.upgraded, x.over, x.paused, x.c = true, true, false, nil
	in := s.in
	s.in = nil
	s.st.Tunnel(s.c, p, in).Start()
	return nil
}

// response takes the head of a response.
func (s *h2stream) response(h *h1.ResponseHead) {
	x := s.x
	if x.heardFirst(); x.c != s {
		return
	}
	s.told()
	if h.Interim() {
		s.wait(or(x.Times.Response, s.c.c.pool.cfg.Response))
		if x.interims++; x.interims > interimMax {
			s.abort(protocol.Violation(errInterims))
			return
		}
		x.Handler.Interim(h)
		return
	}
	s.wait(s.between())
	s.headed, s.c.answered = true, true
	s.upgradable = (x.Request.Upgrade != "" || x.Method == "CONNECT") && h.Status < 300
	x.Handler.Response(h)
	if x.c == s && s.upgradable && !x.paused { // it was to be taken
		s.abort(protocol.Violation(errSwitch))
	}
}

func (s *h2stream) told() {
	if !s.news {
		s.news = true
		s.c.fresh = append(s.c.fresh, s)
	}
}

// data takes a piece of the body.
func (s *h2stream) data(p []byte) {
	x := s.x
	s.wait(s.between())
	switch {
	case x.c != s: // over meanwhile
		s.st.Consumed(len(p))
	case s.upgradable && !x.paused:
		s.abort(protocol.Violation(errSwitch))
	case x.paused || len(s.in) > 0:
		s.in = append(s.in, p...)
	default:
		s.told()
		x.Handler.Data(p)
		s.st.Consumed(len(p))
	}
}

// end is the end of the response.
func (s *h2stream) end(trailer h1.Lines) {
	s.trailer, s.ended = trailer, true
	if len(s.in) == 0 && !s.x.paused {
		s.complete()
	}
}

// deliver hands on what has waited.
func (s *h2stream) deliver() {
	s.kicked = false
	x := s.x
	if x.c != s || x.paused {
		return
	}
	if s.upgradable {
		s.abort(protocol.Violation(errSwitch))
		return
	}
	if in := s.in; len(in) > 0 {
		s.in = nil
		x.Handler.Data(in)
		s.c.Enter()
		s.st.Consumed(len(in))
		s.c.Leave()
		if x.c == s && !s.ended {
			x.Handler.Flush()
		}
	}
	if x.c == s && s.ended && len(s.in) == 0 && !x.paused {
		s.complete()
	}
}

// complete ends the exchange. What is left of the request is not wanted (RFC 9113 section 8.1).
func (s *h2stream) complete() {
	x := s.x
	x.c = nil
	x.Trailer = s.trailer.Append(nil)
	s.c.Enter()
	s.st.Reset(h2.NoError) // unless it is over
	x.end(nil)
	if s.c.Leave(); !s.c.busy {
		s.c.c.pool.serve()
	}
}

// wasReset follows the end of the stream by the server, or because of what it did.
func (s *h2stream) wasReset(err *h2.Error) {
	x, p := s.x, s.c.c.pool
	switch {
	case x.c != s || s.ended: // all of it is there
		return
	case err.Code == h2.HTTP11Required && !s.headed && p.cfg.HTTP2 == HTTP2Auto:
		if x.http1 = true; p.again(x, false) {
			return
		}
	case err.Code == h2.RefusedStream && !s.headed: // RFC 9113 section 8.7: it was not looked at
		if p.again(x, s.c.answered && s.c.m.PeerGone()) {
			return
		}
		if !x.unseen && x.refused > 1 && !p.closed {
			s.fail(&RefusedError{x.refused, err})
			return
		}
	}
	if err == s.c.broken {
		s.fail(protocol.Violation(err))
		return
	}
	s.fail(err)
}

// abort ends the exchange and resets the stream.
func (s *h2stream) abort(err error) {
	s.drop()
	s.fail(err)
}

// fail ends the exchange, whose stream is gone.
func (s *h2stream) fail(err error) {
	x := s.x
	if x.c != s {
		return
	}
	phase := x.Phase()
	s.in = nil
	s.c.c.pool.failed(x, x.reused, phase, err)
}

func (s *h2stream) between() time.Duration { return or(s.x.Times.Between, s.c.c.pool.cfg.Between) }

// wait has the time limit strike in d, or never if that is negative.
func (s *h2stream) wait(d time.Duration) {
	if s.moved = s.st.Moved(); d < 0 {
		s.deadline = time.Time{}
		return
	}
	s.deadline = s.c.c.pool.loop.Now().Add(d)
	s.c.wait(d)
}

// expired is the time limit.
func (s *h2stream) expired() {
	switch x := s.x; {
	case x.c != s:
	case x.paused && s.waitUnread():
	case x.paused:
		s.abort(errUnread)
	case !x.finished && (!s.held || s.st.Moved() != s.moved): // nobody waits for the server
		s.wait(s.between())
	case s.st.Moved() != s.moved: // of what was there as a whole: the windows let some of it go
		s.wait(or(x.Times.Response, s.c.c.pool.cfg.Response))
	default:
		s.abort(errNoAnswer)
	}
}

var _ carrier = (*h2stream)(nil)
