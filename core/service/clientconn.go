// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A clientFactory wraps the protocols of one attempt of a Client, so that it learns of the end of its connection.
type clientFactory struct {
	inner protocol.Factory
	last  *clientConn // the one that was built last; may be nil
	over  bool        // the attempt has ended: an endpoint that connects all the same gets no protocol
}

func (f *clientFactory) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	if f.over {
		return nil, nil
	}
	p, err := f.inner.BuildProtocol(peer)
	if p == nil || err != nil {
		return nil, err
	}
	f.last = &clientConn{inner: p}
	return f.last, nil
}

func (f *clientFactory) Unwrap() protocol.Factory { return f.inner }

// A clientConn is one connection.
type clientConn struct {
	inner  protocol.Protocol
	t      protocol.Transport
	reason error              // why it was lost; nil before
	lost   func(reason error) // called then, if not nil
}

func (c *clientConn) Unwrap() protocol.Protocol { return c.inner }

func (c *clientConn) ConnectionMade(t protocol.Transport) {
	c.t = t
	c.inner.ConnectionMade(t)
}

func (c *clientConn) DataReceived(t protocol.Transport, p []byte) { c.inner.DataReceived(t, p) }

func (c *clientConn) ConnectionLost(t protocol.Transport, reason error) {
	c.reason = reason
	if c.lost != nil {
		defer c.lost(reason) // also when the protocol panics
	}
	c.inner.ConnectionLost(t, reason)
}
