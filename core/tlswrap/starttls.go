// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import "github.com/torsion-go/torsion/core/protocol"

// StartTLS puts TLS on a connection that is in use. t is the transport of the protocol that calls. What it wrote before goes out in clear first; from the return on
// everything it writes to t is encrypted and everything it receives was. ConnectionMade is not called again; HandshakeCompleted is, if the protocol is a
// protocol.HandshakeListener. A registered producer stays in charge. Loop only.
//
// Input that the protocol has buffered and not handled came in plain text, and so may have been put there by somebody on the way, before the handshake could
// protect anything: commands after a client's STARTTLS, answers after a server's go-ahead (CVE-2011-0411, RFC 3207, section 4.2). It is
// dropped through protocol.BufferDiscarder, which every protocol that buffers must implement, and counted. A protocol must call StartTLS
// from within DataReceived, while it handles the message that asks for it.
//
// The role is the layer's, whichever side opened the connection: for Twisted's normal=False use a Layer of the other role. The side with the server's role
// must start first, as it does when it answers the request, for what the client's role sends at once would be taken for plain text. On a connection that speaks TLS
// already it puts a second TLS inside the first, as is done through a proxy that is itself reached by TLS. ErrCannotStartTLS changes nothing.
// Twisted: ITLSTransport.startTLS.
func (l *Layer) StartTLS(t protocol.Transport) error {
	ip, ok := protocol.As[protocol.Interposer](t)
	if !ok {
		return ErrCannotStartTLS
	}
	var c *conn
	err := ip.Interpose(func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
		u := newUpper(l, l.config, inner, self)
		c = &u.conn
		c.attach(raw)
		return (*outer)(c), u, nil
	})
	if err != nil {
		return err
	}
	if d, ok := protocol.As[protocol.BufferDiscarder](c.inner); ok {
		if n := d.DiscardBuffered(); n > 0 {
			l.counters.discarded.Add(int64(n))
			if args, ok := l.lines.Allow(c.raw.Loop().Now(), "bytes", n); ok {
				c.logger().Warn("plain text after STARTTLS was dropped", protocol.LogAttrs(c.raw, args...)...)
			}
		}
	}
	c.enter()
	if c.state == idle {
		c.begin()
	}
	c.leave()
	return nil
}
