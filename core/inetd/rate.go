// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import "time"

// A rate counts what starts within a minute.
type rate struct {
	since time.Time
	n     int
}

// allow counts one more and reports whether it is within max.
func (r *rate) allow(now time.Time, max int) bool {
	if r.n == 0 || now.Sub(r.since) >= time.Minute {
		r.since, r.n = now, 0
	}
	r.n++
	return r.n <= max
}
