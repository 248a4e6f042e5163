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

// NotifyEnd calls f once: with nil when the response was handed over to the connection, or with the reason when nobody is there to answer to any more. Unlike NotifyFinish it does not mind a client
// that has sent all it wants to and still reads.
func (r *Request) NotifyEnd(f func(err error)) { r.untilGone(f) }
