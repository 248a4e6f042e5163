// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// ErrNotStream is why a [Source] ends when what it gets is no stream of events: another status than 200 and those that are worth another attempt, or another type than text/event-stream.
var ErrNotStream = errors.New("sse: the answer is no event stream")

// How long a server can have a [Source] wait: never so short that it makes the client call without pause.
const (
	minRetry = 500 * time.Millisecond
	maxRetry = time.Hour
)

// A SourceConfig holds the options of a [Source]. Its zero value means the defaults that the fields name. The functions are called on the loop.
type SourceConfig struct {
	// LastEventID is what the first request says; "" means that there is none.
	LastEventID string
	// Retry is how long to wait before connecting again, unless the server says how long; 0 means 3 s. The server's word counts from half a second, or Retry if that is shorter, up to an hour.
	Retry time.Duration
	// MaxRetry bounds the wait, which doubles with each attempt that fails; 0 means 1 minute. A wait is up to a quarter longer, so that not all clients come back at once.
	MaxRetry time.Duration
	// Attempts is how many may fail one after the other; 0 means any number.
	Attempts int
	// Idle is how long nothing may come, not even a comment, before the connection is taken for dead and made again; 0 means 5 minutes, a negative value never.
	Idle time.Duration
	// MaxEvent bounds an event; 0 means 1 MiB. A larger one ends the Source with [ErrTooLarge].
	MaxEvent int
	// Opened, if it is not nil, is called when a connection stands.
	Opened func(res *client.Response)
	// Lost, if it is not nil, is called when a connection is lost, or an attempt failed, and another one will be made after wait. err is io.EOF for an orderly end.
	Lost func(err error, wait time.Duration)
	// Logger gets the same, at level Info; nil means none.
	Logger *slog.Logger
}

// SourceStats counts what a [Source] has done.
type SourceStats struct {
	Attempts    int64 // requests
	Connections int64 // among them, streams that have begun
	Events      int64
	Idle        int64 // connections that were taken for dead
}

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

// connect makes an attempt.
func (s *Source) connect() {
	s.timer = nil
	req, err := s.request()
	if err != nil {
		s.end(s.failure(client.PhaseRequest, nil, err))
		return
	}
	s.stats.Attempts++
	s.attempt = s.doer.Do(req)
	s.attempt.Done(func(res *client.Response, err error) {
		s.attempt = nil
		switch {
		case s.over:
			if res != nil {
				res.StopBody()
			}
		case err != nil:
			if failed, ok := errors.AsType[*client.Error](err); ok && (failed.Phase == client.PhaseRequest || failed.Phase == client.PhaseBody) {
				s.end(err)
				return
			}
			s.again(err, 0)
		default:
			s.opened(res)
		}
	})
}

// request returns what is sent now.
func (s *Source) request() (*client.Request, error) {
	req := *s.req
	if req.Body != nil {
		body, ok := req.Body.(client.Rewinder)
		switch {
		case ok:
			var err error
			if req.Body, err = body.Rewind(); err != nil {
				return nil, err
			}
		case s.stats.Attempts > 0:
			return nil, errors.New("sse: the body of the request cannot be sent again: it is no client.Rewinder")
		}
	}
	req.Timeouts.Idle, req.Timeouts.Unread = -1, -1
	req.Header = s.req.Header.Clone()
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Cache-Control", "no-store")
	if id := s.LastEventID(); id != "" {
		plain := req.Header.Clone()
		if req.Header.Set("Last-Event-ID", id); req.Header.Err() != nil {
			req.Header = plain // a header cannot hold it
		}
	}
	return &req, nil
}

// opened begins a stream, if the response is one.
func (s *Source) opened(res *client.Response) {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case res.Status == http.StatusOK && kind == "text/event-stream":
	case res.Status == http.StatusNoContent:
		res.StopBody()
		s.end(nil)
		return
	case worthAnother(res.Status):
		res.StopBody()
		wait, _ := h1.RetryAfter(res.Header.Get("Retry-After"), res.Header.Get("Date"), s.doer.Loop().Now())
		s.again(s.failure(client.PhaseHead, res, fmt.Errorf("%w: status %d", ErrNotStream, res.Status)), wait)
		return
	default:
		res.StopBody()
		s.end(s.failure(client.PhaseHead, res, fmt.Errorf("%w: status %d, type %.100q", ErrNotStream, res.Status, kind)))
		return
	}
	s.stats.Connections++
	s.res, s.heard, s.lost = res, false, nil
	s.parser.Reset()
	if s.config.Opened != nil {
		s.config.Opened(res)
	}
	if s.over {
		return
	}
	res.StreamBody(func(p []byte) { s.received(res, p) }, func(err error) { s.ended(res, err) })
	if s.paused {
		res.PauseBody()
	} else {
		s.patience()
	}
}

// worthAnother reports whether a status may be another one later.
func worthAnother(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

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

// again waits and connects again. least is how long the server asks for.
func (s *Source) again(err error, least time.Duration) {
	s.rest()
	s.failures++
	if !s.heard {
		s.refused++
	}
	if s.config.Attempts > 0 && s.refused >= s.config.Attempts {
		if _, ok := errors.AsType[*client.Error](err); !ok {
			err = s.failure(client.PhaseResponse, nil, err)
		}
		s.end(err)
		return
	}
	first := s.config.Retry
	if d, ok := s.parser.Retry(); ok {
		first = min(max(d, min(first, minRetry)), maxRetry)
	}
	s.heard, s.lost = false, nil
	wait := first
	for range min(s.failures-1, 30) {
		wait = min(2*wait, max(s.config.MaxRetry, first))
	}
	wait = max(wait, min(least, maxRetry))
	wait += rand.N(wait/4 + 1)
	if s.config.Logger != nil {
		s.config.Logger.Info("sse: the connection is lost and will be made again", "url", s.bare(), "wait", wait, "error", err)
	}
	if s.config.Lost != nil {
		s.config.Lost(err, wait)
	}
	if !s.over {
		s.timer = s.doer.Loop().CallLater(wait, s.connect)
	}
}

// patience puts off the time when the connection is taken for dead.
func (s *Source) patience() {
	switch {
	case s.config.Idle < 0:
	case s.timer != nil:
		s.timer.Rearm(s.config.Idle)
	default:
		s.timer = s.doer.Loop().CallLater(s.config.Idle, s.dead)
	}
}

// dead drops a connection on which nothing has come.
func (s *Source) dead() {
	res := s.res
	s.res = nil
	s.stats.Idle++
	res.StopBody()
	s.again(fmt.Errorf("sse: nothing has come for %v: %w", s.config.Idle, os.ErrDeadlineExceeded), 0)
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

func (s *Source) failure(phase client.Phase, res *client.Response, err error) *client.Error {
	method := cmp.Or(s.req.Method, http.MethodGet)
	return &client.Error{Phase: phase, Method: method, URL: s.bare(), Err: err, Response: res}
}

// bare returns the URL as it may be shown: without what may be secret.
func (s *Source) bare() string {
	u := *s.req.URL
	u.User, u.RawQuery, u.ForceQuery, u.Fragment = nil, "", false, ""
	return u.String()
}
