// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"io"

	"github.com/torsion-go/torsion/core/endpoint/proxyproto"
	"github.com/torsion-go/torsion/core/protocol"
)

// A proxyProtocol reads the header of one connection, then makes the factory's protocol and passes everything on. Loop only.
type proxyProtocol struct {
	s     *HAProxyServer
	f     protocol.Factory
	t     protocol.Transport
	timer protocol.DelayedCall // runs until the header is complete
	buf   []byte               // the header so far; then what came after it and is not yet delivered
	inner protocol.Protocol    // nil until the header is complete
	upper *proxyTransport
	half  protocol.HalfCloser
	eof   bool // the peer has ended its direction, and inner is told by the loss of the connection
	over  bool // closed for want of a header: nothing more is read
}

var (
	_ protocol.HalfCloser             = (*proxyProtocol)(nil)
	_ protocol.FileDescriptorReceiver = (*proxyProtocol)(nil)
	_ protocol.HandshakeListener      = (*proxyProtocol)(nil)
)

// Unwrap returns the protocol that the factory made, or nil before.
func (p *proxyProtocol) Unwrap() protocol.Protocol { return p.inner }

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
	switch {
	case p.over:
		return
	case p.inner != nil && len(p.buf) == 0 && !p.upper.paused:
		p.inner.DataReceived(p.upper, b)
		return
	}
	p.buf = append(p.buf, b...)
	if p.inner != nil {
		return // it comes after what is held back already
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
	p.begin(h)
}

// begin makes the protocol.
func (p *proxyProtocol) begin(h proxyproto.Header) {
	up := &proxyTransport{Transport: p.t, p: p, local: p.t.LocalAddr(), remote: p.t.RemoteAddr()}
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
	p.inner, p.upper = inner, up
	p.half, _ = protocol.As[protocol.HalfCloser](inner)
	inner.ConnectionMade(up)
	p.deliver()
}

// deliver hands on what came together with the header, unless the protocol wants to read nothing now.
func (p *proxyProtocol) deliver() {
	if len(p.buf) == 0 || p.upper.paused {
		return
	}
	b := p.buf
	p.buf = nil
	p.inner.DataReceived(p.upper, b)
}

func (p *proxyProtocol) ReadConnectionLost(t protocol.Transport) {
	switch {
	case p.inner == nil:
		p.over = true
		p.stopTimer()
		t.LoseConnection()
	case p.half != nil:
		p.half.ReadConnectionLost(p.upper)
	default:
		p.eof = true // for a protocol that knows no half-close this is the end
		producer := p.upper.producer
		p.upper.UnregisterProducer()
		p.upper.LoseConnection()
		if producer != nil {
			producer.Stop(protocol.Done(io.EOF))
		}
	}
}

func (p *proxyProtocol) WriteConnectionLost(protocol.Transport) {
	if p.half != nil {
		p.half.WriteConnectionLost(p.upper)
	}
}

func (p *proxyProtocol) HandshakeCompleted(protocol.Transport) {
	if l, ok := protocol.As[protocol.HandshakeListener](p.inner); ok {
		l.HandshakeCompleted(p.upper)
	}
}

func (p *proxyProtocol) FileDescriptorReceived(_ protocol.Transport, fd int) {
	if r, ok := protocol.As[protocol.FileDescriptorReceiver](p.inner); ok {
		r.FileDescriptorReceived(p.upper, fd)
		return
	}
	closeFD(fd)
}

func (p *proxyProtocol) ConnectionLost(_ protocol.Transport, reason error) {
	p.stopTimer()
	p.buf = nil
	if p.inner == nil {
		return
	}
	if p.eof && errors.Is(reason, protocol.ErrConnectionDone) {
		reason = protocol.Done(io.EOF)
	}
	p.inner.ConnectionLost(p.upper, reason)
}
