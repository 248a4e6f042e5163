// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"fmt"
)

// ErrBodyTooLarge is the end of a request body that is larger than allowed. The client gets 413 unless the resource answers it otherwise.
var ErrBodyTooLarge = errors.New("web: request body too large")

// upload is the half of a Request that carries its body.
type upload struct {
	length int64   // Content-Length, -1 if there is none
	intake *intake // nil until the body is asked for
}

// intake is what the body needs when it is read.
type intake struct {
	max      int64
	received int64 // bytes delivered
	onData   func(p []byte)
	onEnd    func(err error) // nil before StreamBody and after the end
	asked    bool            // StreamBody was called
	paused   bool
}

func (r *Request) wanted() *intake {
	if r.intake == nil {
		r.intake = &intake{max: r.s.server().config.Limits.Body}
	}
	return r.intake
}

// SetMaxBody sets the bound on the request body in bytes, for this request, before it is read. The default is Limits.Body of the site.
func (r *Request) SetMaxBody(n int64) { r.wanted().max = n }

// ContentLength returns the length of the request body, or -1 if the client did not tell it.
func (r *Request) ContentLength() int64 {
	if r.chunkedBody {
		return -1
	}
	return max(r.length, 0)
}

// StreamBody calls data with each piece of the request body, lent until return, and end once, last: with nil, ErrBodyTooLarge, or the reason why the body will not come. Until it is
// called nothing but a little read-ahead is taken from the client, and one that waits for 100 Continue is not told to go on. The functions are called on the loop,
// never inside StreamBody. The response is finished when end returns, by the rules of [Resource].
func (r *Request) StreamBody(data func(p []byte), end func(err error)) {
	b := r.wanted()
	if b.asked {
		panic("web: the request body is read twice")
	}
	if r.more != nil && r.more.decoding != nil {
		data, end = r.more.decoding.through(r, data, end)
	}
	b.asked, b.onData, b.onEnd = true, data, end
	if r.gone {
		r.Loop().CallLater(0, func() { r.endBody(r.more.gone, 0) })
		return
	}
	r.s.bodyFlow(r)
}

// PauseBody holds the pieces of StreamBody back, and the client with them. It may be called by the function that gets the pieces.
func (r *Request) PauseBody() {
	r.wanted().paused = true
	r.s.bodyFlow(r)
}

// ResumeBody ends PauseBody.
func (r *Request) ResumeBody() {
	r.wanted().paused = false
	r.s.bodyFlow(r)
	if r.more != nil && r.more.decoding != nil && r.more.decoding.ready {
		r.Loop().CallLater(0, func() { r.more.decoding.deliver(r) })
	}
}

// ReadBody reads the whole body into memory and calls done with it: a slice that is done's to keep. With an error, body is what came before it.
// See [Request.StreamBody] for the rest.
func (r *Request) ReadBody(done func(body []byte, err error)) {
	var body []byte
	if n := r.ContentLength(); n > 0 && n <= min(r.wanted().max, 1<<16) {
		body = make([]byte, 0, n) // more is allocated as it comes, not as it is promised
	}
	r.StreamBody(func(p []byte) { body = append(body, p...) }, func(err error) { done(body, err) })
}

// bodyOpen reports whether a resource waits for body data.
func (r *Request) bodyOpen() bool { return r.listens() && !r.intake.paused }

// listens reports whether the end of the body is awaited.
func (r *Request) listens() bool { return r.intake != nil && r.intake.onEnd != nil }

// tooLarge reports whether a body with n more bytes would be.
func (b *intake) tooLarge(n int64) bool { return b.received+n > b.max }

// endBody tells the resource, if it listens, that the body is over, and finishes the response if nothing else is awaited. status is for a resource that has no
// answer of its own to the error.
func (r *Request) endBody(err error, status int) {
	if !r.listens() {
		return
	}
	end := r.intake.onEnd
	r.intake.onData, r.intake.onEnd = nil, nil
	r.protect(func() {
		end(err)
		if status > 0 {
			r.answerFor(status)
		}
	})
}

// protect runs f, a function of the resource, as a part of rendering, and finishes the response afterwards unless something is awaited.
func (r *Request) protect(f func()) {
	outer := r.rendering
	r.rendering = true
	defer func() {
		r.rendering = outer
		if v := recover(); v != nil {
			r.failed(v, stack())
			return
		}
		if outer || r.finished || r.gone {
			return
		}
		if r.held || r.more != nil && r.more.pending > 0 || r.listens() {
			if r.gather != nil {
				r.Flush() // what was written is wanted now
			}
			return
		}
		r.Finish()
	}()
	f()
}

// failed answers a panic that came with that stack.
func (r *Request) failed(v any, stack string) {
	r.s.server().stats.panics.Add(1)
	r.complain("web: panic in a resource", "panic", fmt.Sprint(v), "stack", stack)
	switch {
	case r.gone || r.finished:
	case r.headSent:
		r.Abort()
	default:
		r.explain(fmt.Sprint(v) + "\n\n" + stack)
		r.Finish()
	}
}
