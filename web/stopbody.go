// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

// StopBody ends StreamBody before its time: neither of its functions is called any more. What still comes of the body is dropped, or the connection closes after the response if
// that is more than Limits.Drain.
func (r *Request) StopBody() {
	if r.listens() {
		r.intake.onData, r.intake.onEnd = nil, nil
		r.intake.paused = false
		r.s.bodyFlow(r)
	}
}
