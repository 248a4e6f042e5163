// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"io"

	"github.com/torsion-go/torsion/core/protocol"
)

// A prefaced protocol is one whose connection begins with something of its own, such as a header: then it makes another protocol, and passes everything on. Who embeds it reads the
// preface into buf, and calls begin or end. Loop only.
type prefaced struct {
	t     protocol.Transport
	buf   []byte            // the preface so far; then what came after it and is not yet delivered
	inner protocol.Protocol // nil until the preface is complete
	upper *prefacedTransport
	half  protocol.HalfCloser
	eof   bool // the peer has ended its direction, and inner is told by the loss of the connection
	over  bool // closed for want of a preface: nothing more is read
}

// Unwrap returns the protocol that was made, or nil before.
func (p *prefaced) Unwrap() protocol.Protocol { return p.inner }

// begin makes inner the protocol of the connection, whose transport is up. deliver comes next.
func (p *prefaced) begin(inner protocol.Protocol, up *prefacedTransport) {
	p.inner, p.upper = inner, up
	p.half, _ = protocol.As[protocol.HalfCloser](inner)
	inner.ConnectionMade(up)
}

// pass hands b on, if the preface is over, and keeps it otherwise.
func (p *prefaced) pass(b []byte) {
	if p.inner != nil && len(p.buf) == 0 && !p.upper.paused {
		p.inner.DataReceived(p.upper, b)
		return
	}
	p.buf = append(p.buf, b...) // it comes after what is held back already
}

// deliver hands on what came together with the preface, unless the protocol wants to read nothing now.
func (p *prefaced) deliver() {
	if len(p.buf) == 0 || p.upper.paused {
		return
	}
	b := p.buf
	p.buf = nil
	p.inner.DataReceived(p.upper, b)
}

// readEnd tells inner, in the way it knows, that the peer will send no more.
func (p *prefaced) readEnd() {
	if p.half != nil {
		p.half.ReadConnectionLost(p.upper)
		return
	}
	p.eof = true // for a protocol that knows no half-close this is the end
	producer := p.upper.producer
	p.upper.UnregisterProducer()
	p.upper.LoseConnection()
	if producer != nil {
		producer.Stop(protocol.Done(io.EOF))
	}
}

// WriteConnectionLost tells inner, if it takes part in half-close.
func (p *prefaced) WriteConnectionLost(protocol.Transport) {
	if p.half != nil {
		p.half.WriteConnectionLost(p.upper)
	}
}

// FileDescriptorReceived gives the descriptor to inner, or closes it.
func (p *prefaced) FileDescriptorReceived(_ protocol.Transport, fd int) {
	if r, ok := protocol.As[protocol.FileDescriptorReceiver](p.inner); ok {
		r.FileDescriptorReceived(p.upper, fd)
		return
	}
	closeFD(fd)
}

// end tells inner that the connection is lost.
func (p *prefaced) end(reason error) {
	p.buf = nil
	if p.inner == nil {
		return
	}
	if p.eof && errors.Is(reason, protocol.ErrConnectionDone) {
		reason = protocol.Done(io.EOF)
	}
	p.inner.ConnectionLost(p.upper, reason)
}
