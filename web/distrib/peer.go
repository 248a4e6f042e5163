// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib

import (
	"net"
	"slices"

	"github.com/torsion-go/torsion/core/protocol"
)

// guarded is a factory whose connections have to lead to processes of certain users; -1 among them stands for any.
type guarded struct {
	protocol.Factory
	uids []int
}

// BuildProtocol wraps the protocol of a connection.
func (g *guarded) BuildProtocol(a net.Addr) (protocol.Protocol, error) {
	p, err := g.Factory.BuildProtocol(a)
	if p == nil || err != nil {
		return p, err
	}
	return &checked{p, g.uids}, nil
}

// Unwrap returns the factory.
func (g *guarded) Unwrap() protocol.Factory { return g.Factory }

// checked is a protocol whose connection is aborted, before anything is sent or received, if a stranger is at the other end.
type checked struct {
	protocol.Protocol
	uids []int
}

func (c *checked) ConnectionMade(t protocol.Transport) {
	c.Protocol.ConnectionMade(t)
	if uid, ok := peerUID(t); ok && !slices.Contains(c.uids, uid) && !slices.Contains(c.uids, -1) {
		t.AbortConnection()
	}
}

// Unwrap returns the protocol.
func (c *checked) Unwrap() protocol.Protocol { return c.Protocol }
