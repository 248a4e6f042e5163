// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// What a connection is to its protocol.
var (
	_ interface {
		protocol.Transport
		protocol.HalfCloseTransport
		protocol.BufferedTransport
		protocol.SocketTransport
		protocol.Interposer
		protocol.Unwrapper[protocol.Transport]
		protocol.TCPTransport
		protocol.FileSender
	} = (*tcpConn)(nil)
	_ protocol.UNIXTransport = (*unixConn)(nil)
	_ protocol.FileSender    = (*unixConn)(nil)
	_ interface {
		protocol.Transport
		protocol.HalfCloseTransport
		protocol.BufferedTransport
		protocol.SocketTransport
		protocol.TCPTransport
	} = (*rawTCP)(nil)
	_ protocol.UNIXTransport = (*rawUNIX)(nil)
)

// Interpose puts a layer on the connection; see [protocol.Interposer]. On a connection that has one it is the layer's matter.
func (c *conn) Interpose(build func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error)) error {
	c.check("reactor: Transport.Interpose")
	if upper := c.upper(); upper != nil {
		i, ok := protocol.As[protocol.Interposer](upper)
		if !ok {
			return fmt.Errorf("reactor: Interpose: the layer of type %T takes no other: %w", upper, errors.ErrUnsupported)
		}
		return i.Interpose(build)
	}
	if c.ended || c.closing || c.writeClosing {
		return net.ErrClosed
	}
	raw := c.raw()
	self := c.self()
	outer, upper, err := build(raw, self, c.proto)
	if err != nil {
		return err
	}
	if c.ended { // by build
		return net.ErrClosed
	}
	x := c.rest()
	x.self, x.upper = self, upper
	c.proto, c.t = outer, raw
	_, c.half = protocol.As[protocol.HalfCloser](outer)
	if c.paused {
		upper.Pause()
		c.pause(false)
	}
	if p, mode, held := c.gate().Take(); p != nil {
		if err := upper.RegisterProducer(p, mode); err != nil {
			return err
		}
		if held {
			p.Resume()
		}
	}
	return nil
}

// Unwrap returns the transport of the layer that was interposed, so that its abilities are found, or nil.
func (c *conn) Unwrap() protocol.Transport { return c.upper() }
