// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// TunnelTimeout is the default of Tunnel.Timeout.
const TunnelTimeout = 10 * time.Second

// maxUnread bounds what a Negotiation may leave unread, whatever it does: 64 KiB.
const maxUnread = 64 << 10

// A Tunnel connects through somebody in between, such as a proxy: it connects Inner, has a conversation there, and then the connection is the factory's. The protocol is built when the
// tunnel stands: nothing of the conversation reaches it, and every byte behind it does. Its transport has the address To as RemoteAddr; that of the one in between is found by Unwrap.
// Its fields are immutable after start.
//
// The error is a *protocol.ConnectError about To: of class protocol.ErrTimeout if the conversation takes too long, and with the conversation's own error as its cause. What Inner's Connect
// fails with is returned as it is.
type Tunnel struct {
	Inner Client
	// Loop is that of Inner's connections.
	Loop protocol.Loop
	// To is where the tunnel leads.
	To protocol.Addr
	// Negotiate begins the conversation of one connection. Loop only.
	Negotiate func() Negotiation
	// Timeout bounds the conversation, from the connection on; 0 means TunnelTimeout.
	Timeout time.Duration
	// ALPN are the application protocols for TLS with the one in between; nil means none. Those of the factory are for the far end of the tunnel.
	ALPN []string
}

var _ Client = (*Tunnel)(nil)

// A Negotiation is the conversation that opens a tunnel: bytes in, bytes out. It does no I/O. Loop only.
type Negotiation interface {
	// Start returns what is sent first.
	Start() []byte
	// Feed takes what has arrived and was not used before, which is lent. It returns how much of it is used, what is sent in reply, and whether the tunnel stands. An error ends the
	// attempt: a *protocol.ConnectError is returned as it is, others become the cause of one. To use nothing means that more is needed; a Negotiation bounds what it waits for, and the
	// Tunnel bounds it at 64 KiB.
	Feed(p []byte) (n int, reply []byte, done bool, err error)
}

// Connect connects Inner and opens the tunnel. Cancelling ends it wherever it stands.
func (c *Tunnel) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	a := &tunnelAttempt{c: c, f: f}
	a.result = deferred.NewCancellable(c.Loop, func(*deferred.Deferred[protocol.Protocol]) {
		a.fail(canceled(c.To.String(), deferred.ErrCancelled))
	})
	dialing := c.Inner.Connect(a)
	a.dialing = dialing
	dialing.Done(func(_ protocol.Protocol, err error) {
		a.dialing = nil
		if err != nil {
			a.fail(err)
		}
	})
	return a.result
}

// A tunnelAttempt is one attempt, and the factory for it.
type tunnelAttempt struct {
	c       *Tunnel
	f       protocol.Factory
	result  *deferred.Deferred[protocol.Protocol]
	dialing *deferred.Deferred[protocol.Protocol] // nil when Inner is done
	p       *tunnelProtocol
	over    bool // result has fired
}

// Unwrap returns the factory.
func (a *tunnelAttempt) Unwrap() protocol.Factory { return a.f }

// AcceptableProtocols hides those of the factory from the one in between.
func (a *tunnelAttempt) AcceptableProtocols() []string { return a.c.ALPN }

func (a *tunnelAttempt) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	if a.over {
		return nil, nil
	}
	p := &tunnelProtocol{attempt: a, negotiation: a.c.Negotiate()}
	a.p = p
	return p, nil
}

// fail ends the attempt, and its connection.
func (a *tunnelAttempt) fail(err error) {
	if a.over {
		return
	}
	a.over = true
	if p := a.p; p != nil {
		p.stop()
	}
	if d := a.dialing; d != nil {
		d.Cancel()
	}
	a.result.Errback(err)
}

// failed is fail with what went wrong in the conversation.
func (a *tunnelAttempt) failed(class, cause error) {
	if e, ok := cause.(*protocol.ConnectError); ok {
		a.fail(e)
		return
	}
	a.fail(&protocol.ConnectError{Class: class, Addr: a.c.To.String(), Err: cause})
}

// A tunnelProtocol has the conversation, then makes the factory's protocol and passes everything on. Loop only.
type tunnelProtocol struct {
	attempt     *tunnelAttempt
	negotiation Negotiation
	timer       protocol.DelayedCall
	prefaced
}

var (
	_ protocol.HalfCloser             = (*tunnelProtocol)(nil)
	_ protocol.FileDescriptorReceiver = (*tunnelProtocol)(nil)
	_ protocol.ALPNFactory            = (*tunnelAttempt)(nil)
)

func (p *tunnelProtocol) ConnectionMade(t protocol.Transport) {
	p.t = t
	if p.over { // cancelled, which the endpoint did not heed
		t.AbortConnection()
		return
	}
	limit := p.attempt.c.Timeout
	if limit <= 0 {
		limit = TunnelTimeout
	}
	p.timer = t.Loop().CallLater(limit, func() {
		p.attempt.failed(protocol.ErrTimeout, fmt.Errorf("no tunnel after %v", limit))
	})
	if b := p.negotiation.Start(); len(b) > 0 {
		t.Write(b)
	}
}

// stop closes the connection of an attempt that is over.
func (p *tunnelProtocol) stop() {
	p.over, p.buf = true, nil
	p.stopTimer()
	if p.t != nil {
		p.t.AbortConnection()
	}
}

func (p *tunnelProtocol) stopTimer() {
	if p.timer != nil && p.timer.Active() {
		p.timer.Cancel()
	}
}

var errUnread = errors.New("the answer has no end")

func (p *tunnelProtocol) DataReceived(_ protocol.Transport, b []byte) {
	if p.over {
		return
	}
	if p.pass(b); p.inner != nil {
		return
	}
	for !p.over {
		n, reply, done, err := p.negotiation.Feed(p.buf)
		if err != nil {
			p.attempt.failed(protocol.ErrConnect, err)
			return
		}
		p.buf = p.buf[n:]
		if len(reply) > 0 {
			p.t.Write(reply)
		}
		switch {
		case done:
			p.stand()
			return
		case n == 0 || len(p.buf) == 0:
			if len(p.buf) > maxUnread {
				p.attempt.failed(protocol.ErrConnect, errUnread)
			}
			return
		}
	}
}

// stand makes the factory's protocol: the tunnel stands.
func (p *tunnelProtocol) stand() {
	a := p.attempt
	p.stopTimer()
	p.negotiation = nil
	inner, err := a.f.BuildProtocol(a.c.To)
	if inner == nil || err != nil {
		if !a.over {
			a.failed(protocol.ErrNoProtocol, err)
		}
		return
	}
	if a.over { // BuildProtocol gave it up
		return
	}
	up := &prefacedTransport{Transport: p.t, p: &p.prefaced, tag: "destination", local: p.t.LocalAddr(), remote: a.c.To}
	a.over = true
	p.begin(inner, up)
	a.result.Callback(inner)
	p.deliver()
}

// HandshakeCompleted is about TLS with the one in between, which is nobody's business.
func (p *tunnelProtocol) HandshakeCompleted(protocol.Transport) {}

func (p *tunnelProtocol) ReadConnectionLost(protocol.Transport) {
	if p.inner != nil {
		p.readEnd()
		return
	}
	p.attempt.failed(protocol.ErrConnect, io.ErrUnexpectedEOF)
}

func (p *tunnelProtocol) ConnectionLost(_ protocol.Transport, reason error) {
	p.stopTimer()
	if p.inner == nil {
		class := protocol.ErrConnect
		switch {
		case errors.Is(reason, protocol.ErrTLS):
			class = protocol.ErrTLS
		case errors.Is(reason, io.EOF):
			reason = io.ErrUnexpectedEOF
		}
		p.attempt.failed(class, reason)
		p.over = true
		return
	}
	p.end(reason)
}
