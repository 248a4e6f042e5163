// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"net"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web/client"
)

// NewService returns a service that keeps a connection to rawURL: it dials when it is started, and again after each failure and loss, after a time that grows and is not the same for all clients (service.BackoffPolicy, unless
// retry.Backoff says otherwise). handler is called for each attempt, and so each connection has a Handler of its own. The protocol that the service tells of, in retry.Prepare and WhenConnected, is a *[Link]. Loop only. Twisted:
// ClientService.
func NewService(doer client.Doer, rawURL string, handler func() Handler, config DialConfig, retry service.ClientConfig) *service.Client {
	links := protocol.ForProtocol(func() protocol.Protocol { return new(Link) })
	return service.NewClient(doer.Loop(), &keeper{doer, rawURL, handler, config}, links, retry)
}

// A Link is the connection of a service, as a protocol: see [NewService].
type Link struct{ c *Conn }

// Conn returns the connection.
func (l *Link) Conn() *Conn { return l.c }

// ConnectionMade is called by the service.
func (l *Link) ConnectionMade(t protocol.Transport) {
	if w, ok := t.(*carrier); ok {
		l.c = w.c
	}
}

// DataReceived is never called: messages are the Handler's.
func (l *Link) DataReceived(protocol.Transport, []byte) {}

// ConnectionLost is called by the service.
func (l *Link) ConnectionLost(protocol.Transport, error) {}

// A keeper is the endpoint of a service.
type keeper struct {
	doer    client.Doer
	url     string
	handler func() Handler
	config  DialConfig
}

// Connect dials. The protocol, which is the service's, is told of the connection and of its end; the transport that it gets serves to close it.
func (k *keeper) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	p, err := f.BuildProtocol(nil)
	if err != nil {
		return deferred.FailOn[protocol.Protocol](k.doer.Loop(), err)
	}
	d := Dial(k.doer, k.url, k.handler(), k.config)
	return deferred.ThenBoth(d, func(c *Conn, err error) (protocol.Protocol, error) {
		switch {
		case err != nil:
			return nil, err
		case c.lost:
			return nil, protocol.Lost(net.ErrClosed)
		}
		w := &carrier{c: c, inner: p, max: protocol.DefaultMaxBuffered}
		c.extra().after = func(end *CloseError) { p.ConnectionLost(w, w.reason(end)) }
		p.ConnectionMade(w)
		return p, nil
	})
}
