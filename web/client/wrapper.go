// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"net/url"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// failed returns the Error of r. resp may be nil.
func failed(r *Request, phase Phase, err error, resp *Response) *Error {
	return &Error{Phase: phase, Method: methodOf(r), URL: shown(r.URL), Err: err, Response: resp}
}

// shown returns u as it may stand in an error: without user information, query and fragment.
func shown(u *url.URL) string {
	if u == nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

func methodOf(r *Request) string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// cloned returns a copy of r whose header and URL may be changed.
func cloned(r *Request) *Request {
	c := *r
	c.Header = r.Header.Clone()
	if r.URL != nil {
		u := *r.URL
		c.URL = &u
	}
	return &c
}

// again returns a body that sends what b has sent. ok is false if b cannot.
func again(b Body) (body Body, ok bool, err error) {
	if b == nil {
		return nil, true, nil
	}
	rw, ok := b.(Rewinder)
	if !ok {
		return nil, false, nil
	}
	body, err = rw.Rewind()
	return body, true, err
}

// A deadline is the end of Timeouts.Whole, when one call of Do sends several requests. The zero deadline never comes.
type deadline struct{ at time.Time }

func deadlineOf(clock protocol.Clock, r *Request) deadline {
	if r.Timeouts.Whole <= 0 {
		return deadline{}
	}
	return deadline{clock.Now().Add(r.Timeouts.Whole)}
}

// hand gives r what is left of the time. It fails if there is nothing.
func (d deadline) hand(clock protocol.Clock, r *Request) error {
	if d.at.IsZero() {
		return nil
	}
	if r.Timeouts.Whole = d.at.Sub(clock.Now()); r.Timeouts.Whole <= 0 {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// drainTime is how long the next request waits for the rest of a body that nobody wants. A new connection takes about as long.
const drainTime = 100 * time.Millisecond

// drained fires when the body of resp, the answer to r, was read and dropped, so that its connection is free for the next request; or when that is too much or takes too long, and the
// body was stopped.
func drained(r *Request, resp *Response) *deferred.Deferred[struct{}] {
	loop := resp.loop()
	if resp.Length == 0 || resp.Length > skipMax {
		resp.StopBody()
		return deferred.SucceedOn(loop, struct{}{})
	}
	var timer protocol.DelayedCall
	d := deferred.NewCancellable(loop, func(d *deferred.Deferred[struct{}]) {
		timer.Cancel()
		resp.StopBody()
		d.Errback(failed(r, PhaseWait, deferred.ErrCancelled, nil))
	})
	over := func() {
		if !d.Called() {
			timer.Cancel()
			d.Callback(struct{}{})
		}
	}
	timer = loop.CallLater(drainTime, func() {
		resp.StopBody()
		over()
	})
	read := 0
	resp.StreamBody(func(p []byte) {
		if read += len(p); read > skipMax {
			resp.StopBody()
			over()
		}
	}, func(error) { over() })
	return d
}
