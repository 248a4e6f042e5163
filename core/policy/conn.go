// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"os"

	"github.com/torsion-go/torsion/core/protocol"
)

// A conn stands between a transport and a protocol and passes everything on, past its hook. It is the protocol to the transport below; as *transport it is the
// transport of the protocol above. A layer, such as TLS, that the protocol puts on its connection comes above the conn (upper), with the conn as its raw
// transport, so that the policy stays in force and sees what is on the wire. Loop only.
type conn struct {
	hook  Hook
	inner protocol.Protocol
	t     protocol.Transport // below
	upper protocol.Transport // the layer's, or nil

	producer protocol.Producer // what the protocol registered, or nil
	half     protocol.HalfCloser
	mode     protocol.ProducerMode
	reading  hold  // why the transport below is paused
	sending  hold  // why the producer is paused
	wanted   bool  // a pull producer was asked for a piece while it was held
	reason   error // why the policy ended the connection, or nil
	dead     bool  // Made failed: the protocol hears nothing
}

// A hold is a set of reasons to hold something up.
type hold uint8

const (
	byUser    hold = 1 << iota // the protocol above, or the transport below
	byReading                  // the peer sent too fast
	byWriting                  // the protocol wrote too fast
)

// around begins a connection, and returns c in a form that has those optional interfaces of a protocol that p has.
func (c *conn) around(p protocol.Protocol, hook Hook) protocol.Protocol {
	c.inner, c.hook = p, hook
	half, isHalf := protocol.As[protocol.HalfCloser](p)
	_, isFDs := protocol.As[protocol.FileDescriptorReceiver](p)
	c.half = half
	switch {
	case isHalf && isFDs:
		return bothConn{halfConn{c}}
	case isHalf:
		return halfConn{c}
	case isFDs:
		return fdConn{c}
	}
	return c
}

// Unwrap returns the protocol.
func (c *conn) Unwrap() protocol.Protocol { return c.inner }

func (c *conn) ConnectionMade(t protocol.Transport) {
	c.t = t
	if err := c.hook.Made((*transport)(c)); err != nil {
		c.dead = true
		t.AbortConnection()
		return
	}
	c.inner.ConnectionMade((*transport)(c))
}

func (c *conn) DataReceived(_ protocol.Transport, p []byte) {
	if c.dead {
		return
	}
	c.hook.Received((*transport)(c), p)
	c.inner.DataReceived(c.above(), p)
}

func (c *conn) ConnectionLost(_ protocol.Transport, reason error) {
	if c.dead {
		return
	}
	if c.reason != nil {
		reason = c.reason
	}
	c.hook.Lost((*transport)(c), reason)
	c.inner.ConnectionLost(c.above(), reason)
}

// HandshakeCompleted passes the end of a handshake below on.
func (c *conn) HandshakeCompleted(protocol.Transport) {
	if l, ok := protocol.As[protocol.HandshakeListener](c.inner); ok && !c.dead {
		l.HandshakeCompleted(c.above())
	}
}

// above returns the transport that inner knows: a layer's raw one is another than that of the protocol.
func (c *conn) above() protocol.Transport {
	if c.upper != nil {
		return (*raw)(c)
	}
	return (*transport)(c)
}

// A halfConn is the conn of a protocol that takes part in half-close.
type halfConn struct{ *conn }

func (h halfConn) ReadConnectionLost(protocol.Transport) {
	switch {
	case h.dead:
	case h.half == nil: // a layer that knows no half-close: this is the end
		h.t.LoseConnection()
	default:
		h.half.ReadConnectionLost(h.above())
	}
}

func (h halfConn) WriteConnectionLost(protocol.Transport) {
	if !h.dead && h.half != nil {
		h.half.WriteConnectionLost(h.above())
	}
}

// An fdConn is the conn of a protocol that takes descriptors.
type fdConn struct{ *conn }

func (f fdConn) FileDescriptorReceived(_ protocol.Transport, fd int) { f.takeDescriptor(fd) }

// takeDescriptor hands fd to the protocol, which may be another than the first, or closes it.
func (c *conn) takeDescriptor(fd int) {
	if r, ok := protocol.As[protocol.FileDescriptorReceiver](c.inner); ok && !c.dead {
		r.FileDescriptorReceived(c.above(), fd)
		return
	}
	os.NewFile(uintptr(fd), "").Close()
}

// A bothConn takes part in half-close and takes descriptors.
type bothConn struct{ halfConn }

func (b bothConn) FileDescriptorReceived(_ protocol.Transport, fd int) { b.takeDescriptor(fd) }

var (
	_ protocol.HandshakeListener      = (*conn)(nil)
	_ protocol.HalfCloser             = halfConn{}
	_ protocol.FileDescriptorReceiver = fdConn{}
	_ protocol.HalfCloser             = bothConn{}
	_ protocol.FileDescriptorReceiver = bothConn{}
)
