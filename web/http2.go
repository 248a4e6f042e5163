// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"cmp"
	"time"

	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// HTTP2 holds the options of HTTP/2 connections. Zero fields mean their defaults. Limits and Timeouts hold as well: of Limits all but ChunkLine and ChunkExcess, where Header is
// that of the decoded fields with 32 bytes more for each, and RequestLine that of the path; of Timeouts all. What strikes is in the [Stats] and the log as it is for
// HTTP/1: Refused counts requests, and connections by GOAWAY, Overflowed what waited for the client, TimedOut what took too long.
type HTTP2 struct {
	// Disabled leaves HTTP/1 only.
	Disabled bool
	// Only leaves HTTP/2 only: ALPN offers nothing else, and a client that begins with anything but the preface of HTTP/2 is sent a GOAWAY with PROTOCOL_ERROR and the
	// connection is closed. Without it a port serves both.
	Only bool
	// Streams is how many requests of a connection may be open at a time; 0 means 100. Those that were reset count as long as a handler works for them; beyond it they are
	// refused with REFUSED_STREAM.
	Streams int
	// StreamWindow and ConnWindow are the bytes of request bodies that a client may send ahead, on a stream and on all of a connection; 0 means 65536 and 1 MiB. While a client
	// fills them faster than it can be told to go on they grow, up to StreamWindowMax and ConnWindowMax; 0 means 1 MiB and 4 MiB.
	StreamWindow, StreamWindowMax, ConnWindow, ConnWindowMax int
	// NoExtendedConnect leaves extended CONNECT (RFC 8441) out, by which WebSocket and others come over HTTP/2. See [Request.Upgrade].
	NoExtendedConnect bool
	// FrameSize is the largest frame that a client may send, in bytes; 0 means 16384, which is the least.
	FrameSize int
	// Continuations is how many CONTINUATION frames a header may take; 0 means 16.
	Continuations int
	// Resets is how many requests may be reset by a client, or because of what it did, beyond those that were answered; 0 means 500. A tenth of it comes back each second.
	Resets int
	// Control is how many frames may come that ask for work and bring none (PING, SETTINGS, WINDOW_UPDATE, PRIORITY, empty DATA), beyond those for which there was reason; 0
	// means 1000. A fifth of it comes back each second.
	Control int
	// ControlQueue is how many bytes of answers to such frames may wait for a client that does not read; 0 means 17408. Beyond it the connection is aborted.
	ControlQueue int
	// Ping is the silence of a client with open requests after which it is sent a PING, which it has to answer within Timeouts.Abort; 0 means 60 s, a negative value that it is not.
	Ping time.Duration
}

func (o HTTP2) withDefaults() HTTP2 {
	def := func(v *int, d, least int) { *v = max(cmp.Or(max(*v, 0), d), least) }
	def(&o.Streams, 100, 1)
	def(&o.StreamWindow, 65536, 65535)
	def(&o.StreamWindowMax, 1<<20, o.StreamWindow)
	def(&o.ConnWindow, 1<<20, 65535)
	def(&o.ConnWindowMax, 4<<20, o.ConnWindow)
	def(&o.FrameSize, h2.MinFrameSize, h2.MinFrameSize)
	o.FrameSize = min(o.FrameSize, 1<<24-1)
	o.StreamWindowMax, o.ConnWindowMax = min(o.StreamWindowMax, h2.MaxWindow), min(o.ConnWindowMax, h2.MaxWindow)
	o.StreamWindow, o.ConnWindow = min(o.StreamWindow, o.StreamWindowMax), min(o.ConnWindow, o.ConnWindowMax)
	def(&o.Continuations, 16, 1)
	def(&o.Resets, 500, 1)
	def(&o.Control, 1000, 1)
	def(&o.ControlQueue, 17408, 1)
	o.Ping = cmp.Or(o.Ping, 60*time.Second)
	return o
}

func (o HTTP2) limits(l h1.Limits, drain int64) h2.Limits {
	return h2.Limits{
		Streams: o.Streams, HeaderList: l.Head, Fields: l.Fields, Field: l.Field, Target: l.RequestLine, Continuations: o.Continuations,
		FrameSize: o.FrameSize, Drain: int(drain), Table: 4096, StreamWindow: o.StreamWindow, StreamWindowMax: o.StreamWindowMax, ConnWindow: o.ConnWindow,
		ConnWindowMax: o.ConnWindowMax, Resets: o.Resets, Control: o.Control, Connect: !o.NoExtendedConnect,
	}
}
