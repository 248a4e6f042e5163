// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package secure

import (
	"sync/atomic"

	"github.com/torsion-go/torsion/web"
)

// A BodyLimit is a Leaf that bounds the bodies of requests to another resource, in place of web.Limits.Body. What is longer is answered as the resource answers to
// web.ErrBodyTooLarge, with 413 as a rule. The innermost limit holds, so that one part of a tree may take more than the rest.
type BodyLimit struct {
	next    web.Resource
	max     int64
	refused atomic.Int64
}

// NewBodyLimit returns a BodyLimit of max bytes around next; 0 allows no body at all. It panics on a negative number.
func NewBodyLimit(next web.Resource, max int64) *BodyLimit {
	if max < 0 {
		panic("secure: NewBodyLimit: a negative limit")
	}
	return &BodyLimit{next: next, max: max}
}

// IsLeaf returns true.
func (l *BodyLimit) IsLeaf() bool { return true }

// Refused returns how many requests were answered with 413. Safe from any goroutine.
func (l *BodyLimit) Refused() int64 { return l.refused.Load() }

// Render sets the limit and has the resource answer. Loop only.
func (l *BodyLimit) Render(r *web.Request) {
	if r.ContentLength() != 0 {
		r.SetMaxBody(l.max)
		r.NotifyEnd(func(error) {
			if r.Status() == 413 {
				l.refused.Add(1)
			}
		})
	}
	web.Dispatch(l.next, r)
}

var _ web.Leaf = (*BodyLimit)(nil)
