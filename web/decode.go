// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
)

// decoding is what stands between a body that is coded and the resource.
type decoding struct {
	decode  func(body []byte) ([]byte, error)
	coded   []byte
	plain   []byte // what the resource has not got yet
	onData  func(p []byte)
	onEnd   func(err error)
	err     error
	ready   bool // decode has returned
	turning bool // deliver runs
}

// DecodeBody has the body of the request decoded before whoever reads it gets it: the whole of it is gathered, up to the bound of SetMaxBody, and given to decode, in a thread
// where the loop has threads. decode bounds what it returns: ErrBodyTooLarge is answered with 413 by default, and any other error with 400. The fields Content-Encoding
// and Content-Length are removed, since they are not about the body that is read. It is called before the body is asked for. Loop only.
func (r *Request) DecodeBody(decode func(body []byte) ([]byte, error)) {
	b := r.wanted()
	if b.asked {
		panic("web: DecodeBody: the request body is being read")
	}
	r.extra().decoding = &decoding{decode: decode}
	r.Header.Del("Content-Encoding")
	r.Header.Del("Content-Length")
	r.length, r.chunkedBody = -1, true // as for a body whose length was not told
}

// through returns the functions for StreamBody that decode for those given.
func (d *decoding) through(r *Request, data func([]byte), end func(error)) (func([]byte), func(error)) {
	d.onData, d.onEnd = data, end
	return func(p []byte) { d.coded = append(d.coded, p...) }, func(err error) {
		if err != nil {
			end(err)
			return
		}
		d.start(r)
	}
}

// start decodes what was gathered. The response is kept open meanwhile, and by deliver.
func (d *decoding) start(r *Request) {
	r.more.pending++
	r.NotifyEnd(func(error) { d.deliver(r) })
	body := d.coded
	d.coded = nil
	threads, ok := r.Loop().(deferred.Threads)
	if !ok {
		d.plain, d.err = d.decode(body)
		d.ready = true
		d.deliver(r)
		return
	}
	deferred.ToThread(threads, func() ([]byte, error) { return d.decode(body) }).Done(func(plain []byte, err error) {
		d.plain, d.err, d.ready = plain, err, true
		d.deliver(r)
	})
}

// deliver gives the resource what it takes of the decoded body, and its end.
func (d *decoding) deliver(r *Request) {
	if d.turning || !d.ready || d.onEnd == nil {
		return
	}
	d.turning = true
	defer func() { d.turning = false }()
	for len(d.plain) > 0 && d.err == nil && !r.intake.paused && !r.gone && !r.finished {
		p := d.plain[:min(len(d.plain), 65536)]
		d.plain = d.plain[len(p):]
		r.protect(func() { d.onData(p) })
	}
	if len(d.plain) > 0 && d.err == nil && !r.gone && !r.finished {
		return // until ResumeBody
	}
	end, err := d.onEnd, d.err
	d.onData, d.onEnd, d.plain = nil, nil, nil
	r.more.pending--
	r.idle()
	switch {
	case r.gone:
		err = r.more.gone
	case r.finished:
		return
	}
	status := 0
	if errors.Is(err, ErrBodyTooLarge) {
		status = 413
	} else if err != nil && !r.gone {
		status = 400
	}
	r.protect(func() {
		end(err)
		if status > 0 {
			r.answerFor(status)
		}
	})
}

// answerFor answers an error for a resource that has no answer of its own to it.
func (r *Request) answerFor(status int) {
	if !r.held && !r.headSent && r.gatheredLen() == 0 && r.status == 200 && !r.gone && !r.finished {
		r.Error(status, "")
	}
}
