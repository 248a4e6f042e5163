// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "time"

// MaxWindow is the largest size of a flow-control window (RFC 9113 section 6.9.1).
const MaxWindow = 1<<31 - 1

// opened adds n to the window w of what may be sent, and reports whether it is not too large now.
func opened(w *int, n int) bool {
	if int64(*w)+int64(n) > MaxWindow { // an int may have 32 bits
		return false
	}
	*w += n
	return true
}

// A receiveWindow is how much the peer may send. It grows while the peer fills it faster than it can be told to go on: what is consumed in two round trips should fit in.
type receiveWindow struct {
	size, limit int // now, and at most
	left        int // the peer may still send
	used        int // was consumed, and the peer not told
	since       time.Time
}

func newReceiveWindow(size, limit int) receiveWindow {
	return receiveWindow{size: size, limit: max(limit, size), left: size}
}

// take reports whether the peer was allowed to send n more bytes.
func (w *receiveWindow) take(n int) bool {
	w.left -= n
	return w.left >= 0
}

// consumed follows the use of n bytes and returns what the window is to be opened by, 0 for not yet.
func (w *receiveWindow) consumed(n int, now time.Time, rtt time.Duration) int {
	if w.used += n; w.used < w.size/2 {
		return 0
	}
	if !w.since.IsZero() && now.Sub(w.since) < 2*rtt {
		grown := min(2*w.size, w.limit)
		w.used += grown - w.size
		w.size = grown
	}
	w.since = now
	n = w.used
	w.left, w.used = w.left+n, 0
	return n
}
