// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Factory makes protocols that speak TLS to a raw transport and plain text to the protocols of another Factory, which Unwrap returns.
// Twisted: TLSMemoryBIOFactory. Immutable after start; safe from any goroutine.
type Factory struct {
	layer  *Layer
	config *tls.Config
	inner  protocol.Factory
}

// Server is NewServer(opt) and Wrap(inner): a Factory for ports whose clients speak TLS.
func Server(opt Options, inner protocol.Factory) (*Factory, error) {
	l, err := NewServer(opt)
	if err != nil {
		return nil, err
	}
	return l.Wrap(inner), nil
}

// Client is NewClient(opt) and Wrap(inner): a Factory for connections to a TLS server.
func Client(opt Options, inner protocol.Factory) (*Factory, error) {
	l, err := NewClient(opt)
	if err != nil {
		return nil, err
	}
	return l.Wrap(inner), nil
}

// BuildProtocol builds the inner protocol and wraps it. What it returns has a method Unwrap for the inner one.
func (f *Factory) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	inner, err := f.inner.BuildProtocol(peer)
	if inner == nil || err != nil {
		return nil, err
	}
	return (*outer)(&newUpper(f.layer, f.config, inner, nil).conn), nil
}

// Unwrap returns the factory of the inner protocols.
func (f *Factory) Unwrap() protocol.Factory { return f.inner }

// Layer returns the layer, which counts.
func (f *Factory) Layer() *Layer { return f.layer }

var (
	_ protocol.Factory                     = (*Factory)(nil)
	_ protocol.Unwrapper[protocol.Factory] = (*Factory)(nil)
)
