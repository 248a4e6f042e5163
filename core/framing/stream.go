// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing

import (
	"errors"

	"github.com/torsion-go/torsion/core/protocol"
)

// maxHeld is the number of bytes that are held, in addition to an unfinished frame, while delivery is paused. The transport is paused then, so that no more than
// it had already read can come.
const maxHeld = 4 << 20

var errHeld = errors.New("framing: input came in although the transport was paused")

// A stream is what the protocols of this package have in common: their connection, as their handlers use it, and the rule by which frames are
// delivered, one at a time and never inside another. Its state: input is delivered while it is neither paused nor closed nor busy.
type stream struct {
	// Transport is the connection; nil before ConnectionMade.
	protocol.Transport

	in     *buffer
	next   func() bool // delivers one frame; false means that it needs more input
	busy   bool        // in a handler
	paused bool
	closed bool // by this side, or lost
	posted bool // resume is on its way
	broken error
}

func (s *stream) connect(t protocol.Transport, in *buffer, next func() bool) {
	s.Transport, s.in, s.next = t, in, next
}

// feed takes p, which is lent.
func (s *stream) feed(p []byte) {
	switch {
	case s.closed:
	case s.busy || s.paused:
		if len(s.in.data)+len(p) > maxHeld {
			s.violate(errHeld)
			return
		}
		if s.busy {
			s.in.replace(s.in.data, p)
		} else {
			s.in.add(p)
		}
	default:
		s.in.lend(p)
		s.deliver()
	}
}

// deliver delivers what is there, and then ends the loan of input.
func (s *stream) deliver() {
	if s.busy || s.closed {
		return
	}
	s.busy = true
	defer s.done()
	for !s.paused && !s.closed && s.next() {
	}
}

// call runs f, which calls the handler.
func (s *stream) call(f func()) {
	s.busy = true
	defer s.done()
	f()
}

func (s *stream) done() {
	s.busy = false
	s.in.keep()
}

// violate closes the connection because the peer broke the protocol.
func (s *stream) violate(err error) {
	s.broken = err
	s.LoseConnection()
}

// reason returns why the connection is lost.
func (s *stream) reason(reason error) error {
	if s.broken != nil && errors.Is(reason, protocol.ErrConnectionDone) {
		return protocol.Violation(s.broken)
	}
	return reason
}

func (s *stream) close() {
	s.closed = true
	if s.in != nil {
		s.in.clear()
	}
}

// Unwrap returns Transport.
func (s *stream) Unwrap() protocol.Transport { return s.Transport }

// Pause stops the delivery of what is buffered and pauses the transport. Loop only.
func (s *stream) Pause() {
	s.paused = true
	s.Transport.Pause()
}

// Resume goes on. What is buffered is delivered on a later turn of the loop. Loop only.
func (s *stream) Resume() {
	if s.closed || !s.paused {
		return
	}
	s.paused = false
	s.Transport.Resume()
	if !s.busy && len(s.in.data) > 0 {
		s.later()
	}
}

// later delivers on a later turn of the loop.
func (s *stream) later() {
	if s.posted {
		return
	}
	s.posted = true
	s.Transport.Loop().CallFromThread(func() {
		s.posted = false
		s.deliver()
	})
}

// LoseConnection closes in an orderly way. Nothing more is delivered. Loop only.
func (s *stream) LoseConnection() {
	s.close()
	s.Transport.LoseConnection()
}

// AbortConnection closes at once. Nothing more is delivered. Loop only.
func (s *stream) AbortConnection() {
	s.close()
	s.Transport.AbortConnection()
}

// Stop is LoseConnection.
func (s *stream) Stop(error) { s.LoseConnection() }

// DiscardBuffered drops the input that was not delivered and returns how many bytes it was. It implements protocol.BufferDiscarder. Loop only.
func (s *stream) DiscardBuffered() int {
	if s.in == nil {
		return 0
	}
	return s.in.clear()
}

// Broken returns in which way the peer broke the framing, which closed the connection; else nil. Twisted: brokenPeer. Loop only.
func (s *stream) Broken() error { return s.broken }
