// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/web"
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
	asked, ok := retryAfter(&resp.Header, now)
	switch {
	case !ok:
		return wait, true
	case a.cfg.MaxRetryAfter < 0 || asked > a.cfg.MaxRetryAfter:
		return 0, false
	}
	// Not all at the same moment: a part of the usual wait is added.
	return asked + min(wait, a.cfg.Base), true
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which is taken relative to that of the response. ok is false if there is none.
func retryAfter(h *web.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(1<<62/time.Second) {
			return 1 << 62, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date // the server's clock, which may be wrong in both
	}
	return max(at.Sub(now), 0), true
}
