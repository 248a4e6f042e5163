// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Middleware puts a policy around a factory. Twisted: WrappingFactory.
type Middleware = func(protocol.Factory) protocol.Factory

// Chain returns a Middleware that applies ms in order, so that the last one sees the connection first. Nil ones are left out.
func Chain(ms ...Middleware) Middleware {
	return func(f protocol.Factory) protocol.Factory {
		for _, m := range ms {
			if m != nil {
				f = m(f)
			}
		}
		return f
	}
}

// A Hook watches one connection. Its methods are called on the connection's loop and must not block. Embed [NoHook] and write those that matter.
type Hook interface {
	// Made is called before the protocol's ConnectionMade. An error aborts the connection: the protocol then never hears of it, and Lost is not called.
	Made(t protocol.Transport) error
	// Received is called with what the peer sent, before the protocol. p is lent until return.
	Received(t protocol.Transport, p []byte)
	// Sent is called with what was written, after the transport took it. p is lent until return.
	Sent(t protocol.Transport, p []byte)
	// Lost is called once and last, before the protocol's ConnectionLost.
	Lost(t protocol.Transport, reason error)
}

// NoHook has the methods of [Hook], each of which does nothing.
type NoHook struct{}

// Made accepts.
func (NoHook) Made(protocol.Transport) error { return nil }

// Received ignores p.
func (NoHook) Received(protocol.Transport, []byte) {}

// Sent ignores p.
func (NoHook) Sent(protocol.Transport, []byte) {}

// Lost does nothing.
func (NoHook) Lost(protocol.Transport, error) {}

// Wrap returns a Middleware under which watch makes a Hook for each connection. watch returning nil leaves the connection alone. With several loops watch is
// called from each of them. Twisted: ProtocolWrapper.
func Wrap(watch func(peer net.Addr) Hook) Middleware {
	return func(f protocol.Factory) protocol.Factory { return &hooked{f, watch} }
}

type hooked struct {
	inner protocol.Factory
	watch func(net.Addr) Hook
}

func (h *hooked) Unwrap() protocol.Factory { return h.inner }

func (h *hooked) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	p, err := h.inner.BuildProtocol(peer)
	if p == nil || err != nil {
		return nil, err
	}
	hook := h.watch(peer)
	if hook == nil {
		return p, nil
	}
	c := new(conn)
	return c.around(p, hook), nil
}
