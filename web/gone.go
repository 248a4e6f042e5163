// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

// NotifyGone calls f once: with nil when the response was handed over to the connection, or with the reason when the client is gone. Unlike [Request.NotifyFinish] it does not take
// a client that only ceases to send for one that is gone: it may still read the answer.
func (r *Request) NotifyGone(f func(err error)) { r.untilGone(f) }
