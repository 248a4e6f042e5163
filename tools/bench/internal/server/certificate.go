// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"crypto/tls"

	"github.com/torsion-go/torsion/core/certificate"
)

// selfSigned makes the certificate of a TLS server, of an ECDSA P-256 key.
func selfSigned() (tls.Certificate, error) {
	key, err := certificate.GenerateKey()
	if err != nil {
		return tls.Certificate{}, err
	}
	cert, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "localhost"}})
	if err != nil {
		return tls.Certificate{}, err
	}
	return cert.TLS(), nil
}

// serverTLS is the configuration of every TLS server: Go's defaults.
func serverTLS() (*tls.Config, error) {
	cert, err := selfSigned()
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}}, nil
}
