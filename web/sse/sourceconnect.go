// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// This file has the attempts of a Source to connect, and when the next one comes.

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
