// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"cmp"
	"errors"
	"net"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// ErrSlow is returned by Send if the client does not read and Config.Queue is full.
var ErrSlow = errors.New("sse: the client does not read")

// A Config holds the options of a [Stream]. Its zero value means the defaults that the fields name.
type Config struct {
	// Heartbeat is after how long without an event a comment is sent; 0 means 15 s, a negative value never.
	Heartbeat time.Duration
	// Retry is how long the client is told to wait before it comes back; 0 leaves that to the client.
	Retry time.Duration
	// Queue is how many bytes wait for a client that does not read; 0 means 65536.
	Queue int
}

func (c Config) withDefaults() Config {
	c.Heartbeat = cmp.Or(c.Heartbeat, 15*time.Second)
	c.Queue = cmp.Or(max(c.Queue, 0), 65536)
	return c
}

// A Stream is a response that events are sent in. Loop only.
type Stream struct {
	r      *web.Request
	config Config
	queue  []byte // what waits while paused
	paused bool
	ended  bool
	active bool // something was sent since the last heartbeat was due
	beat   protocol.DelayedCall
	resume func() // of a Hub
}

// Open begins the response to r, which goes on until Close or until the client has gone: [web.Request.NotifyEnd] tells. The error is that of [web.Request.RegisterProducer]: to HEAD, web.ErrNoBody, and there is
// nothing more to be done.
func Open(r *web.Request, config Config) (*Stream, error) {
	s := &Stream{r: r, config: config.withDefaults()}
	h := r.ResponseHeader()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx
	if err := r.RegisterProducer((*producer)(s), protocol.PushProducer); err != nil {
		return nil, err
	}
	r.NotifyEnd(func(error) { s.end() })
	if s.ended {
		return nil, net.ErrClosed
	}
	s.schedule()
	if config.Retry > 0 {
		s.Send(Event{Retry: config.Retry})
	}
	return s, nil
}

// LastEventID returns the id of the last event that the client has had before it came back, or "". It is what the client says: anything.
func (s *Stream) LastEventID() string { return lastEventID(s.r) }

func lastEventID(r *web.Request) string { return r.Header.Get("Last-Event-ID") }

// Send sends an event. The error is ErrInvalid, ErrSlow, with nothing sent, or net.ErrClosed after the end.
func (s *Stream) Send(e Event) error {
	if s.ended {
		return net.ErrClosed
	}
	b, err := e.Append(nil)
	if err != nil {
		return err
	}
	if s.paused {
		if len(s.queue)+len(b) > s.config.Queue {
			return ErrSlow
		}
		s.queue = append(s.queue, b...)
		return nil
	}
	s.write(b)
	return nil
}

func (s *Stream) write(b []byte) {
	s.active = true
	s.r.Write(b)
	s.r.Flush() // of an Encoder
}

// Close ends the response. The client will come back, unless it is told otherwise by status 204 then.
func (s *Stream) Close() {
	if s.ended {
		return
	}
	if len(s.queue) > 0 {
		s.r.Write(s.queue)
	}
	s.end()
	s.r.UnregisterProducer()
	s.r.Finish()
}

func (s *Stream) end() {
	s.ended, s.queue = true, nil
	if s.beat != nil {
		s.beat.Cancel()
		s.beat = nil
	}
}

func (s *Stream) schedule() {
	if s.config.Heartbeat > 0 {
		s.beat = s.r.Loop().CallLater(s.config.Heartbeat, s.heartbeat)
	}
}

func (s *Stream) heartbeat() {
	s.beat = nil
	if !s.active && !s.paused {
		s.write([]byte(":\n\n"))
	}
	s.active = false
	if !s.ended {
		s.schedule()
	}
}

// producer is the Stream as the transport sees it.
type producer Stream

// Pause holds the events back.
func (p *producer) Pause() { p.paused = true }

// Resume sends what was held back.
func (p *producer) Resume() {
	s := (*Stream)(p)
	s.paused = false
	if len(s.queue) > 0 {
		b := s.queue
		s.queue = nil
		s.write(b)
	}
	if s.resume != nil && !s.ended {
		s.resume()
	}
}

// Stop is told that the client is gone, as NotifyEnd's function is.
func (p *producer) Stop(error) { (*Stream)(p).end() }

var _ protocol.Producer = (*producer)(nil)
