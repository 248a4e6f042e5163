// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"sync"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// smallData is the size up to which data is sent before what waits on other streams, or may be asked for by the next frame.
const smallData = 4096

var queues = sync.Pool{New: func() any { b := make([]byte, 0, 16384); return &b }}

// queueStep is how much of a queue was sent at least for its memory to be used again.
const queueStep = 16384

// queueMax is the size above which the memory of a queue is not used again.
const queueMax = 1 << 17

// Headers sends a block that was encoded just now.
func (s *Stream) Headers(block []byte, end bool) {
	c := s.c
	if s.gone || s.ending {
		return
	}
	c.Out = AppendHeaders(c.Out, s.id, block, end, c.frame)
	if end {
		s.finished()
	}
}

// Write sends p, or queues what the windows and what waits do not allow for, and ends the response behind it if end is set. tail is the trailer then.
func (s *Stream) Write(p []byte, end bool, tail []h1.Field) {
	c := s.c
	if s.gone || s.ending {
		return
	}
	if s.Queued() == 0 && !c.Full && (len(p) <= smallData || !c.more && !c.contended(s)) {
		p = s.direct(p, end && len(tail) == 0)
		if s.gone || s.ending { // that was the end, whether or not the request has ended
			return
		}
	}
	if len(p) > 0 {
		switch {
		case s.queue == nil:
			s.queue, s.sent = queues.Get().(*[]byte), 0
		case s.sent >= queueStep && s.sent >= s.Queued(): // else one that never runs empty would grow for ever
			*s.queue = append((*s.queue)[:0], (*s.queue)[s.sent:]...)
			s.sent = 0
		}
		*s.queue = append(*s.queue, p...)
		c.Queued += len(p)
	}
	s.ending, s.tail = end, tail
	if end {
		s.wants = false
		if s.Queued() == 0 {
			s.finish()
		}
	}
}

// directMax is how much output there may be for more to be sent before it was flushed.
const directMax = 65536

// direct sends as much of p as it may and returns the rest.
func (s *Stream) direct(p []byte, end bool) []byte {
	c := s.c
	for len(p) > 0 && s.send > 0 && c.send > 0 && len(c.Out) < directMax {
		n := min(len(p), s.send, c.send, c.frame)
		s.data(p[:n], end && n == len(p))
		if p = p[n:]; end && len(p) == 0 {
			s.finished()
		}
	}
	return p
}

// data sends a DATA frame, for which there is room.
func (s *Stream) data(p []byte, end bool) {
	c := s.c
	c.Out = AppendData(c.Out, s.id, p, end)
	s.send -= len(p)
	c.send -= len(p)
	s.moved += int64(len(p))
	c.moved += int64(len(p))
	c.control.earn(4) // the peer may answer each by opening two windows
}

// finish sends the end, behind all data.
func (s *Stream) finish() {
	c := s.c
	if len(s.tail) > 0 {
		c.Enc.Begin()
		for _, f := range s.tail {
			c.Enc.Field(LowerName(f.Name), f.Value)
		}
		c.Out = AppendHeaders(c.Out, s.id, c.Enc.Block(), true, c.frame)
	} else {
		c.Out = AppendData(c.Out, s.id, nil, true)
	}
	s.finished()
}

// finished follows the end of the response.
func (s *Stream) finished() {
	c := s.c
	s.ending, s.wants = true, false
	c.resets.earn(1)
	c.control.earn(4)
	switch {
	case s.tunnel != nil:
		if s.localClosed = true; s.remoteClosed {
			c.drop(s)
		}
		s.tunnel.finished()
	case s.remoteClosed:
		c.drop(s)
	case c.client != nil:
		s.localClosed = true
	case s.unwanted, s.length-s.received > int64(c.limits.Drain): // RFC 9113 section 8.1
		s.Reset(NoError)
	default:
		s.localClosed = true
		s.Consumed(s.held)
	}
}

// Pump sends what waits, by urgency, until there are limit bytes of output or nothing can be sent.
func (c *Conn) Pump(limit int) {
	for len(c.Out) < limit {
		s := c.next()
		if s == nil {
			return
		}
		c.turn++
		if s.prio.Incremental {
			s.turn = c.turn
		} else {
			c.turns[s.prio.Urgency&7] = c.turn
		}
		n := min(s.Queued(), s.send, c.send, c.frame)
		if n <= 0 {
			s.wants = false
			c.ready(s)
			continue
		}
		last := n == s.Queued()
		s.data((*s.queue)[s.sent:s.sent+n], last && s.ending && len(s.tail) == 0)
		c.Queued -= n
		s.sent += n
		if !last {
			continue
		}
		s.release()
		switch {
		case s.ending && len(s.tail) > 0:
			s.finish()
		case s.ending:
			s.finished()
		}
	}
}

func (c *Conn) ready(s *Stream) {
	if s.tunnel != nil {
		s.tunnel.ready()
		return
	}
	c.h.Ready(s)
}

// release gives back the memory of an empty queue.
func (s *Stream) release() {
	if s.queue != nil && cap(*s.queue) <= queueMax {
		*s.queue = (*s.queue)[:0]
		queues.Put(s.queue)
	}
	s.queue, s.sent = nil, 0
}

// next returns the stream to be served next, nil if none can be: one of the most urgent; of those the one that has waited longest, where streams that are not incremental
// take turns as one, the oldest of them first (RFC 9218 section 10).
func (c *Conn) next() *Stream {
	if c.send <= 0 {
		return nil
	}
	var best *Stream
	var bestTurn uint64
	for _, s := range c.streams {
		if s.send <= 0 || s.queue == nil && !s.wants {
			continue
		}
		turn := s.turn
		if !s.prio.Incremental {
			turn = c.turns[s.prio.Urgency&7]
		}
		if best == nil || s.prio.Urgency < best.prio.Urgency || s.prio.Urgency == best.prio.Urgency && turn < bestTurn {
			best, bestTurn = s, turn
		}
	}
	return best
}

// contended reports whether another stream than s has something to send.
func (c *Conn) contended(s *Stream) bool {
	for _, o := range c.streams {
		if o != s && (o.queue != nil || o.wants) && o.send > 0 {
			return true
		}
	}
	return false
}

// Stalled reports whether something, the data of tunnels aside, waits for the peer to open the connection's window.
func (c *Conn) Stalled() bool {
	if c.send > 0 {
		return false
	}
	for _, s := range c.streams {
		if s.tunnel == nil && (s.Queued() > 0 || s.wants) {
			return true
		}
	}
	return false
}

// Moved returns how many bytes of bodies were sent.
func (c *Conn) Moved() int64 { return c.moved }
