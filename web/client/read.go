// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"github.com/torsion-go/torsion/core/deferred"
)

// DefaultMaxBody is how much ReadBody takes if it is not told.
const DefaultMaxBody = 16 << 20

// ReadBody collects the body, of at most limit bytes: 0 means DefaultMaxBody, below 0 there is no limit. It fails with an *[Error], of ErrBodyTooLong for one, whose Partial is what had come. Cancelling
// it is StopBody. Twisted: readBody, PartialDownloadError. Loop only.
func (r *Response) ReadBody(limit int64) *deferred.Deferred[[]byte] {
	if limit == 0 {
		limit = DefaultMaxBody
	}
	if r.max == 0 || limit > 0 && limit < r.max {
		r.SetMaxBody(limit)
	}
	var body []byte
	d := deferred.NewCancellable(r.loop(), func(d *deferred.Deferred[[]byte]) {
		r.cut()
		d.Errback(r.failed(PhaseResponse, deferred.ErrCancelled))
	})
	r.StreamBody(func(p []byte) {
		if body == nil {
			body = make([]byte, 0, max(len(p), int(min(r.Length, readAhead))))
		}
		body = append(body, p...)
	}, func(err error) {
		switch e, ok := err.(*Error); {
		case d.Called():
		case ok:
			e.Partial = body
			d.Errback(e)
		case err != nil:
			d.Errback(err)
		default:
			d.Callback(body)
		}
	})
	return d
}

// readAhead is how much memory is taken because a server has announced so much.
const readAhead = 1 << 20
