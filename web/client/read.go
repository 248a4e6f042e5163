// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"github.com/torsion-go/torsion/core/deferred"
)

// DefaultMaxBody is how many bytes ReadBody takes if it is not told: 16 MiB.
const DefaultMaxBody = 16 << 20

// ReadBody collects the body, of at most limit bytes: 0 means [DefaultMaxBody], 16 MiB, and below 0 there is no limit; SetMaxBody holds too if it is less. It fails with an *[Error], of
// ErrBodyTooLong for one, whose Partial is what had come. Cancelling it is StopBody. Twisted: readBody, PartialDownloadError. Loop only.
func (r *Response) ReadBody(limit int64) *deferred.Deferred[[]byte] {
	if limit == 0 {
		limit = DefaultMaxBody
	}
	if r.max == 0 || limit > 0 && limit < r.max {
		r.SetMaxBody(limit)
	}
	s := r.delivery()
	s.d = deferred.NewCancellable(r.loop(), s.cancelled)
	r.start(s)
	return s.d
}
