// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"time"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// wait returns how long to wait after the nth attempt. ok is false if the server asks for longer than is waited.
func (a *RetryAgent) wait(n int, resp *Response, now time.Time) (wait time.Duration, ok bool) {
	limit := a.cfg.Base
	for range n - 1 {
		if limit >= a.cfg.Max/2 {
			limit = a.cfg.Max
			break
		}
		limit *= 2
	}
	limit = min(limit, a.cfg.Max)
	wait = time.Duration(a.cfg.Random() * float64(limit))
	if resp == nil {
		return wait, true
	}
	asked, ok := h1.RetryAfter(resp.Header.Get("Retry-After"), resp.Header.Get("Date"), now)
	switch {
	case !ok:
		return wait, true
	case a.cfg.MaxRetryAfter < 0 || asked > a.cfg.MaxRetryAfter:
		return 0, false
	}
	// Not all at the same moment: a part of the usual wait is added.
	return asked + min(wait, a.cfg.Base), true
}
