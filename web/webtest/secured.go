// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package webtest

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// secured shows its protocol a transport that has the state of a TLS connection.
type secured struct {
	protocol.Protocol
	state tls.ConnectionState
}

func (s *secured) ConnectionMade(t protocol.Transport) {
	s.Protocol.ConnectionMade(&transport{t, s.state})
}

// Unwrap gives access to what else the protocol can do.
func (s *secured) Unwrap() protocol.Protocol { return s.Protocol }

type transport struct {
	protocol.Transport
	state tls.ConnectionState
}

func (t *transport) Unwrap() protocol.Transport                   { return t.Transport }
func (t *transport) ConnectionState() (tls.ConnectionState, bool) { return t.state, true }
func (t *transport) NegotiatedProtocol() string                   { return t.state.NegotiatedProtocol }

func (t *transport) PeerCertificate() (*x509.Certificate, error) {
	if len(t.state.PeerCertificates) == 0 {
		return nil, tlswrap.ErrNoCertificate
	}
	return t.state.PeerCertificates[0], nil
}

func (t *transport) HostCertificate() (*x509.Certificate, error) {
	return nil, tlswrap.ErrNoCertificate
}

var _ tlswrap.Transport = (*transport)(nil)
