// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// The names of channel bindings.
const (
	TLSUnique         = "tls-unique"           // RFC 5929; TLS up to 1.2 only
	TLSServerEndPoint = "tls-server-end-point" // RFC 5929
	TLSExporter       = "tls-exporter"         // RFC 9266
)

// A Binding ties a login to the TLS connection on which it takes place, so that it is of no use to somebody in between. The zero Binding is none.
type Binding struct {
	Name string
	Data []byte
}

// Bind returns the named binding of a connection. tls-server-end-point needs the server's certificate: a server gives its own, a client may give nil for the one that it
// was shown.
func Bind(name string, state tls.ConnectionState, server *x509.Certificate) (Binding, error) {
	data, err := bindingData(name, state, server)
	if err != nil {
		return Binding{}, fmt.Errorf("scram: %s: %w", name, err)
	}
	return Binding{name, data}, nil
}

func bindingData(name string, state tls.ConnectionState, server *x509.Certificate) ([]byte, error) {
	if !state.HandshakeComplete {
		return nil, errors.New("the TLS handshake is not complete")
	}
	switch name {
	case TLSUnique:
		if state.Version > tls.VersionTLS12 || len(state.TLSUnique) == 0 {
			return nil, errors.New("this connection has none: TLS 1.3 has tls-exporter in its place")
		}
		return state.TLSUnique, nil
	case TLSExporter:
		return state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	case TLSServerEndPoint:
		if server == nil && len(state.PeerCertificates) > 0 {
			server = state.PeerCertificates[0]
		}
		if server == nil {
			return nil, errors.New("no certificate of the server")
		}
		h := endPointHash(server.SignatureAlgorithm).New()
		h.Write(server.Raw)
		return h.Sum(nil), nil
	}
	return nil, errors.New("unknown channel binding")
}

// endPointHash is the hash of the signature, but SHA-256 in place of MD5, SHA-1 and signatures without a hash of their own (RFC 5929, 4.1).
func endPointHash(a x509.SignatureAlgorithm) crypto.Hash {
	switch a {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		return crypto.SHA384
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		return crypto.SHA512
	}
	return crypto.SHA256
}
