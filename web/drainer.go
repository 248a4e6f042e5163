// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"slices"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// A Drainer is a protocol that may take a connection over, by [Request.Upgrade] or [Request.Detach], or the stream of one of HTTP/2, and has a way to end it in good order. Its connection stays one of the site's:
// [Site.Drain] calls Drain on the loop of the connection, soon after ConnectionMade if the site drains already, and [Site.Shutdown] waits for its end. It is looked for by protocol.As.
type Drainer interface {
	// Drain asks for the end. It may be called more than once. Loop only.
	Drain()
}

// drain tells the protocol, if it wants to know.
func (u *taken) drain() {
	if u.drainer != nil && u.Started() && !u.Ending() {
		u.drainer.Drain()
	}
}

// drainTunnels tells those that have taken a stream.
func (c *h2conn) drainTunnels() {
	for _, s := range slices.Clone(c.m.Streams()) {
		if t := s.Tunnelled(); t != nil && !c.over() {
			if d, ok := protocol.As[Drainer](t.Protocol()); ok {
				d.Drain()
			}
		}
	}
}

// drains reports whether one of those that have taken a stream has a way to end it, for which the site waits.
func (c *h2conn) drains() bool {
	return slices.ContainsFunc(c.m.Streams(), func(s *h2.Stream) bool {
		t := s.Tunnelled()
		if t == nil {
			return false
		}
		_, ok := protocol.As[Drainer](t.Protocol())
		return ok
	})
}
