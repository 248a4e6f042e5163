// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// A tunnel joins two connections byte for byte: each is the other's producer, and the end of a direction is passed on.
type tunnel struct {
	front, back side
	loop        protocol.Loop
	idle        time.Duration
	timer       protocol.DelayedCall
	active      time.Time // when the last bytes came
	over        func()    // called once, when both are gone; may be nil
}

func newTunnel(loop protocol.Loop, idle time.Duration, over func()) *tunnel {
	t := &tunnel{loop: loop, idle: idle, over: over}
	t.front.tunnel, t.back.tunnel = t, t
	t.front.to, t.back.to = &t.back, &t.front
	t.active = loop.Now()
	t.timer = loop.CallLater(idle, t.expired)
	return t
}

// A side is one of the two, and its protocol.
type side struct {
	*tunnel
	t     protocol.Transport // nil before it is made, and when it is lost
	to    *side
	early []byte // what came before the other side was there; a read's worth, since nothing is read meanwhile
	ended bool   // its peer sends no more
	lost  bool
}

func (s *side) ConnectionMade(t protocol.Transport) {
	s.t = t
	switch to := s.to; {
	case to.lost:
		t.AbortConnection()
	case to.t == nil:
		t.Pause()
	default:
		s.link()
	}
}

// link is called when both are there.
func (s *side) link() {
	to := s.to
	err := errors.Join(s.t.RegisterProducer(to.t, protocol.PushProducer), to.t.RegisterProducer(s.t, protocol.PushProducer))
	if err != nil {
		s.t.AbortConnection()
		to.t.AbortConnection()
		return
	}
	if len(to.early) > 0 {
		s.t.Write(to.early)
		to.early = nil
	}
	to.t.Resume()
	if to.ended {
		to.pass()
	}
}

func (s *side) DataReceived(_ protocol.Transport, p []byte) {
	s.active = s.loop.Now()
	if s.to.t != nil {
		s.to.t.Write(p)
	} else if !s.to.lost {
		s.early = append(s.early, p...)
	}
}

// ReadConnectionLost passes the end of one direction on.
func (s *side) ReadConnectionLost(protocol.Transport) {
	s.ended = true
	if s.to.t != nil {
		s.pass()
	}
}

func (s *side) pass() {
	to := s.to.t
	to.UnregisterProducer()
	if h, ok := protocol.As[protocol.HalfCloseTransport](to); ok {
		h.LoseWriteConnection()
	} else {
		to.LoseConnection()
	}
}

// WriteConnectionLost does nothing: the peer's end of stream ends the connection.
func (s *side) WriteConnectionLost(protocol.Transport) {}

func (s *side) ConnectionLost(_ protocol.Transport, reason error) {
	s.t, s.lost = nil, true
	if to := s.to; to.t != nil {
		to.t.UnregisterProducer()
		if errors.Is(reason, protocol.ErrConnectionDone) {
			to.t.LoseConnection()
		} else {
			to.t.AbortConnection()
		}
	}
	if s.to.t == nil {
		s.end()
	}
}

func (t *tunnel) end() {
	t.timer.Cancel()
	if over := t.over; over != nil {
		t.over = nil
		over()
	}
}

// expired ends a tunnel that is not used. A side that does not read holds the other one up, so that nothing is received either.
func (t *tunnel) expired() {
	if left := t.active.Add(t.idle).Sub(t.loop.Now()); left > 0 {
		t.timer.Rearm(left)
		return
	}
	for _, s := range []*side{&t.front, &t.back} {
		if s.t != nil {
			s.t.AbortConnection()
		}
	}
	t.end()
}

var _ protocol.HalfCloser = (*side)(nil)
