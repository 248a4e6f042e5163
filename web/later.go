// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
)

// A StatusError is an error that knows how it is to be answered.
type StatusError struct {
	Status int
	Detail string // for the client's eyes; plain text
}

// Error returns "web: status: detail".
func (e *StatusError) Error() string { return fmt.Sprintf("web: %d: %s", e.Status, e.Detail) }

// Later keeps the response open until d fires, and has render go on with the value as if it were a resource's Render. An error is answered with the status of the
// *StatusError or *Problem in its chain, or else logged and answered with 500. When the client goes away first, d is cancelled; one that only ceases to send still gets its
// answer. Twisted: DeferredResource.
func Later[T any](r *Request, d *deferred.Deferred[T], render func(v T)) {
	r.extra().pending++
	r.NotifyEnd(func(err error) {
		if err != nil {
			d.Cancel()
		}
	})
	d.Done(func(v T, err error) {
		r.more.pending--
		if r.gone || r.finished {
			r.idle()
			return
		}
		r.protect(func() {
			if err == nil {
				render(v)
				return
			}
			r.fail(err)
		})
	})
}

// fail answers an error of the resource.
func (r *Request) fail(err error) {
	if e, ok := errors.AsType[*StatusError](err); ok && !r.headSent {
		r.Error(e.Status, e.Detail)
		return
	}
	if p, ok := errors.AsType[*Problem](err); ok && !r.headSent {
		p.Render(r)
		return
	}
	r.complain("web: a resource failed", "error", err)
	if r.headSent {
		r.Abort()
		return
	}
	r.explain(err.Error())
}

// explain answers 500, with the text if the site shows such things.
func (r *Request) explain(text string) {
	if !r.s.server().config.DisplayTracebacks {
		text = ""
	}
	r.Error(500, text)
}
