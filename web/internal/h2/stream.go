// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "github.com/torsion-go/torsion/web/internal/h1"

// A Stream is one request and its response, from the end of the request's header to the end of both. Its exported fields are the owner's. Loop only.
type Stream struct {
	Owner any

	c      *Conn
	id     uint32
	send   int // window; a change of settings can make it negative
	recv   receiveWindow
	prio   Priority
	turn   uint64 // when it was last served
	queue  *[]byte
	sent   int        // bytes of queue
	tail   []h1.Field // trailer, sent at the end
	tunnel *Tunnel    // that the stream belongs to; nil for a message

	length   int64 // of the request's body, -1 if unknown
	received int64
	held     int   // received and not consumed
	moved    int64 // bytes of the body that were sent

	remoteClosed, // the peer's message is complete
	ending, // ours ends behind queue
	localClosed, // ours was sent; what comes of a request then is skipped
	bodiless, // no response to it has a body: HEAD
	answered, // the final head of the response has come
	unwanted, // or is not even that
	wants, // Ready is to be called
	gone bool
}

// ID returns the number of the stream.
func (s *Stream) ID() uint32 { return s.id }

// Ended reports whether the request is complete.
func (s *Stream) Ended() bool { return s.remoteClosed }

// Tunnelled returns the Tunnel that the stream belongs to, nil if it is none.
func (s *Stream) Tunnelled() *Tunnel { return s.tunnel }

// Gone reports whether the stream is over.
func (s *Stream) Gone() bool { return s.gone }

// Queued returns the bytes of the response that wait.
func (s *Stream) Queued() int {
	if s.queue == nil {
		return 0
	}
	return len(*s.queue) - s.sent
}

// Moved returns how many bytes of the response's body were sent.
func (s *Stream) Moved() int64 { return s.moved }

// Stalled reports whether something waits for the peer to open the stream's own window.
func (s *Stream) Stalled() bool { return s.send <= 0 && (s.Queued() > 0 || s.wants) }

// Want has Ready called, once, when nothing waits and something may be sent.
func (s *Stream) Want() { s.wants = !s.gone && !s.ending }

// Unwant takes Want back.
func (s *Stream) Unwant() { s.wants = false }

// Open reports whether something can be sent on the stream at this moment.
func (s *Stream) Open() bool { return s.Queued() == 0 && s.send > 0 && s.c.send > 0 }

// Consumed opens the windows again for n bytes of Data.
func (s *Stream) Consumed(n int) {
	if s.gone || n == 0 {
		return
	}
	s.held -= n
	s.c.consumed(n)
	if s.remoteClosed {
		return
	}
	if k := s.recv.consumed(n, s.c.now, s.c.rtt); k > 0 {
		s.c.Out = AppendWindowUpdate(s.c.Out, s.id, k)
	}
}

// Drop forgets the stream without a word to the peer. The owner is not called.
func (s *Stream) Drop() {
	if !s.gone {
		s.c.drop(s)
	}
}

// SetPriority sets what the request asks for (RFC 9218).
func (s *Stream) SetPriority(p Priority) { s.prio = p }

// Priority returns the priority of the response.
func (s *Stream) Priority() Priority { return s.prio }

// Unwanted has the request cut off where the response ends, should it not be complete by then. Otherwise what is left of it is skipped, within a bound.
func (s *Stream) Unwanted() { s.unwanted = true }

// Reset ends the stream with that code. The owner is not called.
func (s *Stream) Reset(code Code) {
	if !s.gone {
		s.c.Out = AppendRSTStream(s.c.Out, s.id, code)
		s.c.remember(s.id)
		s.c.owed += max(s.recv.left, 0)
		s.c.drop(s)
	}
}
