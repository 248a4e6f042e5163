// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"errors"
	"io"
	"net"
	"os"

	"github.com/torsion-go/torsion/core/internal/coro"
	"github.com/torsion-go/torsion/core/protocol"
)

// outer is a conn as the Protocol of the raw transport.
type outer conn

// Unwrap returns the inner protocol.
func (o *outer) Unwrap() protocol.Protocol { return o.inner }

// ConnectionMade tells the inner protocol, and then starts the handshake.
func (o *outer) ConnectionMade(raw protocol.Transport) {
	c := (*conn)(o)
	c.attach(raw)
	c.enter()
	c.inner.ConnectionMade(c.self)
	if c.state == idle {
		c.begin()
	}
	c.leave()
}

// DataReceived takes ciphertext.
func (o *outer) DataReceived(_ protocol.Transport, p []byte) {
	c := (*conn)(o)
	if c.state != handshaking && c.state != open || c.gotNotify {
		return // RFC 8446, section 6.1: what comes after close_notify is ignored
	}
	if c.state == handshaking && coro.Barred(c.raw.Loop()) {
		c.putOff(p)
		return
	}
	c.enter()
	for len(p) > 0 && c.state <= open && !c.gotNotify {
		p = p[c.input.add(p):]
		if c.state == handshaking {
			c.resume()
		}
		if c.state == open {
			c.pump()
		}
	}
	c.settle()
	c.leave()
}

// ReadConnectionLost takes the raw end of stream, which is no orderly end for TLS unless close_notify came before it.
func (o *outer) ReadConnectionLost(protocol.Transport) {
	c := (*conn)(o)
	if c.state == handshaking && coro.Barred(c.raw.Loop()) {
		coro.Later(c.raw.Loop(), func() { o.ReadConnectionLost(c.raw) })
		return
	}
	c.rawEOF = true
	c.enter()
	switch {
	case c.state == handshaking && c.hs == nil:
		c.shaken(io.ErrUnexpectedEOF) // a server that has heard nothing
	case c.state == handshaking:
		c.resume()
	case c.state == open:
		c.pump()
	}
	c.leave()
}

// WriteConnectionLost is not expected: the layer never ends raw's sending direction alone.
func (o *outer) WriteConnectionLost(protocol.Transport) {}

// FileDescriptorReceived passes a descriptor on with the inner protocol's own transport, or closes it.
func (o *outer) FileDescriptorReceived(_ protocol.Transport, fd int) {
	if r, ok := protocol.As[protocol.FileDescriptorReceiver](o.inner); ok && o.state < ended {
		r.FileDescriptorReceived(o.self, fd)
		return
	}
	os.NewFile(uintptr(fd), "passed descriptor").Close()
}

// ConnectionLost passes the end on, with the reason that TLS found if there is one.
func (o *outer) ConnectionLost(_ protocol.Transport, reason error) {
	c := (*conn)(o)
	if c.state == lost {
		return
	}
	switch {
	case c.reason != nil:
		reason = c.reason
	case !errors.Is(reason, io.EOF):
	case c.gotNotify:
		reason = protocol.Done(io.EOF)
	case c.closing && c.sentNotify:
		reason = protocol.Done(net.ErrClosed)
	case c.state == open:
		reason = lossOf("read", io.ErrUnexpectedEOF)
		c.broke(reason)
	default:
		reason = lossOf("handshake", io.ErrUnexpectedEOF)
	}
	if c.state <= handshaking {
		c.failed(reason, reason)
	}
	c.state = lost
	for _, d := range []protocol.DelayedCall{c.timer, c.turn} {
		if d != nil && d.Active() {
			d.Cancel()
		}
	}
	if h := c.hs; h != nil {
		if coro.Barred(c.raw.Loop()) {
			coro.Later(c.raw.Loop(), h.stop)
		} else {
			h.stop()
		}
		c.hs = nil
	}
	c.input.drop()
	c.out, c.pending, c.head = nil, nil, 0
	c.gate.Lost(reason)
	c.inner.ConnectionLost(c.self, reason)
}

var (
	_ protocol.Protocol                     = (*outer)(nil)
	_ protocol.HalfCloser                   = (*outer)(nil)
	_ protocol.FileDescriptorReceiver       = (*outer)(nil)
	_ protocol.Unwrapper[protocol.Protocol] = (*outer)(nil)
)
