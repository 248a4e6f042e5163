// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

// Limits bounds what a peer can make this side hold or do. All fields must be set.
type Limits struct {
	Streams       int  // at a time, those held included
	HeaderList    int  // size of a decoded field section (RFC 9113 section 10.5.1), and octets of a block
	Fields        int  // of a section
	Field         int  // octets of one field
	Target        int  // octets of :path
	Continuations int  // CONTINUATION frames of one block
	FrameSize     int  // that the peer may send
	Drain         int  // octets of a request that are skipped when it was answered
	Table         int  // octets of the table of the peer's field blocks
	Connect       bool // extended CONNECT is offered to the peer (RFC 8441)

	StreamWindow, StreamWindowMax int // receive windows: to begin with, and as they grow
	ConnWindow, ConnWindowMax     int

	Resets  int // streams reset by the peer or through its fault, beyond those that were answered; a tenth comes back each second
	Control int // frames that ask for work and bring none; a fifth comes back each second
}
