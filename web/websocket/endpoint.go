// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
)

// An Endpoint is an endpoint.Client: any protocol connects by it, and runs inside of binary messages, as by [Factory] at the server. Its fields are immutable after start.
type Endpoint struct {
	Doer   client.Doer
	URL    string // of the scheme ws or wss
	Config DialConfig
}

// Connect connects.
func (e *Endpoint) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	fail := func(cause error) error {
		return &protocol.ConnectError{Class: classOf(cause), Addr: redact(e.URL), Err: cause}
	}
	u, err := parseURL(e.URL)
	if err != nil {
		return deferred.FailOn[protocol.Protocol](e.Doer.Loop(), fail(err))
	}
	p, err := f.BuildProtocol(protocol.HostnameAddr(u.Hostname(), portOf(u)))
	if err == nil && p == nil {
		err = protocol.ErrNoProtocol
	}
	if err != nil {
		return deferred.FailOn[protocol.Protocol](e.Doer.Loop(), &protocol.ConnectError{Class: protocol.ErrNoProtocol, Addr: redact(e.URL), Err: err})
	}
	d := Dial(e.Doer, e.URL, &carrier{inner: p}, e.Config)
	return deferred.ThenBoth(d, func(_ *Conn, err error) (protocol.Protocol, error) {
		if err != nil {
			return nil, fail(err)
		}
		return p, nil
	})
}

// classOf returns the class of a failure to connect.
func classOf(err error) error {
	if errors.Is(err, deferred.ErrCancelled) {
		return protocol.ErrConnectingCanceled
	}
	if c, ok := errors.AsType[*protocol.ConnectError](err); ok {
		return c.Class
	}
	return protocol.ErrConnect
}

var _ endpoint.Client = (*Endpoint)(nil)
