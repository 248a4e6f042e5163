// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"net"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// Protocol returns the protocol that the client asks to go on with: the first one that Upgrade names in HTTP/1.1, where Connection names Upgrade, and :protocol of an extended
// CONNECT over HTTP/2 (RFC 8441); "" if it asks for none. [Request.Upgrade] grants it.
func (r *Request) Protocol() string {
	switch {
	case r.more != nil && r.more.protocol != "":
		return r.more.protocol
	case r.minor == 0, r.Header.Get("Upgrade") == "", !hasToken(&r.Header, "Connection", "upgrade"):
		return ""
	}
	first, _, _ := strings.Cut(r.Header.Get("Upgrade"), ",")
	return h1.Trim(first)
}

// take answers a CONNECT with a head that opens the stream, and gives the stream to p.
func (s *h2stream) take(r *Request, p protocol.Protocol) error {
	switch {
	case r.gone:
		return net.ErrClosed
	case r.Method != "CONNECT", r.headSent, r.finished, r.producing, r.listens():
		return ErrNotUpgradable
	case r.header.bad():
		return r.header.Err()
	case r.status > 299 || noBody(r.Status()):
		r.status = 200
	}
	c := s.c
	r.header.Del("Content-Length")
	r.dropGathered()
	c.enter()
	s.opens, s.body.on = true, false
	s.Headers(c.encode(s), false)
	early := s.in
	s.in = nil
	s.Tunnel(c, p, early)
	c.site.stats.upgraded.Add(1)
	r.headSent, r.finished = true, true
	s.record()
	r.tell(nil)
	c.leave()
	switch {
	case c.closes:
		c.closes = false
		c.drain()
	case c.draining:
		c.loop.CallLater(0, c.drainTunnels)
	}
	return nil
}
