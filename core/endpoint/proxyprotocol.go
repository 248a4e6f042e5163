// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"

	"github.com/torsion-go/torsion/core/endpoint/proxyproto"
	"github.com/torsion-go/torsion/core/protocol"
)

// A proxyProtocol reads the header of one connection, then makes the factory's protocol and passes everything on. Loop only.
type proxyProtocol struct {
	s     *HAProxyServer
	f     protocol.Factory
	timer protocol.DelayedCall // runs until the header is complete
	prefaced
}

var (
	_ protocol.HalfCloser             = (*proxyProtocol)(nil)
	_ protocol.FileDescriptorReceiver = (*proxyProtocol)(nil)
	_ protocol.HandshakeListener      = (*proxyProtocol)(nil)
)

var errHeaderTimeout = errors.New("no complete PROXY header in time")

func (p *proxyProtocol) ConnectionMade(t protocol.Transport) {
	p.t = t
	d := p.s.HeaderTimeout
	if d <= 0 {
		d = ProxyHeaderTimeout
	}
	p.timer = t.Loop().CallLater(d, func() {
		p.s.late.Add(1)
		p.refuse(errHeaderTimeout)
	})
}

// refuse closes a connection that has no proper header.
func (p *proxyProtocol) refuse(why error) {
	p.over = true
	p.buf = nil
	p.stopTimer()
	if args, ok := p.s.lines.Allow(p.t.Loop().Now(), "error", why); ok {
		loggerOf(p.s.Logger, p.t.Loop()).Warn("endpoint: PROXY connection closed", protocol.LogAttrs(p.t, args...)...)
	}
	p.t.AbortConnection()
}

func (p *proxyProtocol) stopTimer() {
	if p.timer.Active() {
		p.timer.Cancel()
	}
}

func (p *proxyProtocol) DataReceived(t protocol.Transport, b []byte) {
	if p.over {
		return
	}
	if p.pass(b); p.inner != nil {
		return
	}
	h, n, err := p.s.Limits.Parse(p.buf)
	switch {
	case err == proxyproto.ErrIncomplete:
		return
	case err != nil:
		p.s.malformed.Add(1)
		p.refuse(err)
		return
	}
	p.s.proxied.Add(1)
	p.stopTimer()
	p.buf = p.buf[n:]
	p.admit(h)
}

// admit makes the protocol.
func (p *proxyProtocol) admit(h proxyproto.Header) {
	up := &prefacedTransport{Transport: p.t, p: &p.prefaced, tag: "client", local: p.t.LocalAddr(), remote: p.t.RemoteAddr()}
	if !h.Local {
		up.local, up.remote = h.Destination, h.Source
	}
	inner, err := p.f.BuildProtocol(up.remote)
	if inner == nil || err != nil {
		if err != nil {
			if args, ok := p.s.lines.Allow(p.t.Loop().Now(), "client", up.remote.String(), "error", err); ok {
				loggerOf(p.s.Logger, p.t.Loop()).Error("endpoint: BuildProtocol: connection closed", protocol.LogAttrs(p.t, args...)...)
			}
		}
		p.over = true
		p.t.LoseConnection()
		return
	}
	p.begin(inner, up)
	p.deliver()
}

func (p *proxyProtocol) ReadConnectionLost(t protocol.Transport) {
	if p.inner != nil {
		p.readEnd()
		return
	}
	p.over = true
	p.stopTimer()
	t.LoseConnection()
}

func (p *proxyProtocol) HandshakeCompleted(protocol.Transport) {
	if l, ok := protocol.As[protocol.HandshakeListener](p.inner); ok {
		l.HandshakeCompleted(p.upper)
	}
}

func (p *proxyProtocol) ConnectionLost(_ protocol.Transport, reason error) {
	p.stopTimer()
	p.end(reason)
}
