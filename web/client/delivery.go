// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import "github.com/torsion-go/torsion/core/deferred"

// A receiver is where a body goes. data is lent until return, and end is called once and last.
type receiver interface {
	data(p []byte)
	end(err error)
}

// A delivery is a body on its way to who has asked for it: to two functions, or into a buffer. It keeps to the limit of SetMaxBody.
type delivery struct {
	r      *Response // nil while it is not used
	onData func(p []byte)
	onEnd  func(err error)
	d      *deferred.Deferred[[]byte] // of ReadBody
	body   []byte                     // for d
	long   bool
}

// delivery returns one that is not used, the Response's own if possible.
func (r *Response) delivery() *delivery {
	s := &r.own
	if s.r != nil {
		s = new(delivery)
	}
	s.r = r
	return s
}

func (s *delivery) data(p []byte) {
	if s.long {
		return
	}
	if r := s.r; r.max > 0 {
		if r.taken += int64(len(p)); r.taken > r.max {
			s.long = true
			r.cut()
			return
		}
	}
	if s.d == nil {
		s.onData(p)
		return
	}
	if s.body == nil {
		s.body = make([]byte, 0, max(len(p), int(min(s.r.Length, readAhead))))
	}
	s.body = append(s.body, p...)
}

func (s *delivery) end(err error) {
	if s.long {
		err = s.r.failed(PhaseResponse, ErrBodyTooLong)
	}
	if s.d == nil {
		end := s.onEnd
		s.onData, s.onEnd = nil, nil
		end(err)
		return
	}
	body := s.body
	s.body = nil
	switch e, ok := err.(*Error); {
	case s.d.Called():
	case ok:
		e.Partial = body
		s.d.Errback(e)
	case err != nil:
		s.d.Errback(err)
	default:
		s.d.Callback(body)
	}
}

// cancelled is called by the Deferred of ReadBody.
func (s *delivery) cancelled(d *deferred.Deferred[[]byte]) {
	s.r.cut()
	d.Errback(s.r.failed(PhaseResponse, deferred.ErrCancelled))
}

// readAhead is how much memory is taken because a server has announced so much.
const readAhead = 1 << 20
