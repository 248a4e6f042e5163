// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads the field Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which is taken relative to date, the field Date of the same response, or to now if that says nothing. The result is not below 0; ok is
// false if the field is malformed or not there.
func RetryAfter(value, date string, now time.Time) (wait time.Duration, ok bool) {
	value = strings.TrimSpace(value)
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
	if sent, err := http.ParseTime(date); err == nil {
		now = sent // the server's clock, which may be wrong in both
	}
	return max(at.Sub(now), 0), true
}
