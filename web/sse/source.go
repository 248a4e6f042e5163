// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"cmp"
	"io"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
)

// A Source receives events from a server, and connects again when the connection is lost, saying which event it had last. A browser has the same: EventSource. Loop only.
type Source struct {
	doer   client.Doer
	req    *client.Request
	config SourceConfig
	event  func(Event)
	done   *deferred.Deferred[struct{}]
	stats  SourceStats

	parser   Parser
	res      *client.Response                     // while a stream is open
	attempt  *deferred.Deferred[*client.Response] // while there is none
	timer    protocol.DelayedCall                 // the next attempt, or the end of patience
	failures int                                  // one after the other, the loss of a connection included
	refused  int                                  // attempts that failed, one after the other
	heard    bool                                 // something has come on this connection
	paused   bool
	draining bool
	lost     error // the stream is over, but what it brought waits for Resume
	over     bool
}

// NewSource sends req, as new EventSource does, and has event called with each event until Close, or until the server says that it is over, or something that another attempt would not mend. An
// Event's ID is the last that was set, not only with that event.
//
// A request of any method will do, if its Body is nil or a client.Rewinder. It is sent with Accept, Cache-Control and, when something is known of it, Last-Event-ID. Of its Timeouts, Whole holds for each connection, and
// Idle is config's matter. Loop only: that of d.
func NewSource(d client.Doer, req *client.Request, config SourceConfig, event func(e Event)) *Source {
	config.Retry = cmp.Or(max(config.Retry, 0), 3*time.Second)
	config.MaxRetry = max(cmp.Or(max(config.MaxRetry, 0), time.Minute), config.Retry)
	config.Idle = cmp.Or(config.Idle, 5*time.Minute)
	s := &Source{doer: d, req: req, config: config, event: event, parser: Parser{MaxEvent: config.MaxEvent}}
	s.parser.id, s.parser.lastID = config.LastEventID, config.LastEventID
	s.done = deferred.NewCancellable(d.Loop(), func(*deferred.Deferred[struct{}]) { s.stop() })
	s.connect()
	return s
}

// Done returns the end of the Source: nil after Close and after the server's 204, which says that there will be nothing more; else a *client.Error. Cancelling it closes the Source. It is the same Deferred each time.
func (s *Source) Done() *deferred.Deferred[struct{}] { return s.done }

// Stats returns the counters.
func (s *Source) Stats() SourceStats { return s.stats }

// LastEventID returns the id of the last event, or "".
func (s *Source) LastEventID() string { return s.parser.LastEventID() }

// Pause holds the events back, and the server with them. The function that gets the events may call it.
func (s *Source) Pause() {
	if s.paused || s.over {
		return
	}
	s.paused = true
	if s.res != nil {
		s.rest()
		s.res.PauseBody()
	}
}

// Resume ends Pause. Events that have come already are handed over before it returns.
func (s *Source) Resume() {
	if !s.paused || s.over {
		return
	}
	s.paused = false
	s.drain()
	if s.paused || s.res == nil {
		return
	}
	s.patience()
	s.res.ResumeBody()
}

// Close ends the Source. No event comes after it.
func (s *Source) Close() { s.end(nil) }

// received takes a piece of a stream.
func (s *Source) received(res *client.Response, p []byte) {
	if s.res != res {
		return
	}
	s.heard, s.failures, s.refused = true, 0, 0
	if !s.paused {
		s.patience()
	}
	s.parser.Feed(p)
	s.drain()
}

// drain hands over the events that have come.
func (s *Source) drain() {
	if s.draining {
		return // the one further up in the stack goes on
	}
	s.draining = true
	defer func() { s.draining = false }()
	for !s.paused && !s.over && s.res != nil {
		e, ok, err := s.parser.Next()
		if err != nil {
			s.end(s.failure(client.PhaseResponse, s.res, err))
			return
		}
		if !ok {
			break
		}
		s.stats.Events++
		s.event(e)
	}
	if s.lost != nil && !s.paused && !s.over {
		s.res = nil
		s.again(s.lost, 0)
	}
}

// ended is told that a stream is over.
func (s *Source) ended(res *client.Response, err error) {
	if s.res != res {
		return
	}
	s.rest()
	s.lost = cmp.Or(err, io.EOF)
	s.drain()
}

// rest ends the timer.
func (s *Source) rest() {
	if s.timer != nil {
		s.timer.Cancel()
		s.timer = nil
	}
}

// stop lets go of everything, and reports whether that was not so before.
func (s *Source) stop() bool {
	if s.over {
		return false
	}
	s.over = true
	s.rest()
	if s.attempt != nil {
		s.attempt.Cancel()
	}
	if s.res != nil {
		res := s.res
		s.res = nil
		res.StopBody()
	}
	return true
}

// end ends the Source.
func (s *Source) end(err error) {
	switch {
	case !s.stop():
	case err != nil:
		s.done.Errback(err)
	default:
		s.done.Callback(struct{}{})
	}
}
