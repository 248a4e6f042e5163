// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package certificate holds X.509 certificates, keys and requests as objects that are easy to load, dump, make and sign: enough for tests, pinned peers and a small
// certificate authority. It does no cryptography of its own.
//
// # Typical use
//
//	key, err := certificate.GenerateKey()
//	ca, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "My CA"}, CA: true})
//
//	serverKey, err := certificate.GenerateKey()
//	req, err := serverKey.Request(certificate.DistinguishedName{CommonName: "example.org"}, "example.org", "192.0.2.1")
//	cert, err := ca.Sign(req, certificate.Template{}, nil)
//	server, err := certificate.NewPrivate(cert, serverKey)
//	cfg := &tls.Config{Certificates: []tls.Certificate{server.TLS(ca.Certificate)}}
//
// # The nouns
//
//   - [Certificate] is a certificate; [PrivateCertificate] is one with its key, which can sign.
//   - [KeyPair] is a private key; [Request] is a certificate request; [Template] says what a new certificate shall hold; [DistinguishedName] is a name.
//
// Everything that is dumped can be parsed again, in PEM (RFC 7468) and in DER: ParseX takes both.
//
// # Concurrency
//
// All values are immutable and safe from any goroutine. Making an RSA key takes a noticeable fraction of a second: do it off the loop.
//
// # Standards
//
// RFC 5280 (certificates), RFC 2986 (requests), RFC 5958 (keys, PKCS #8), RFC 7468 (PEM).
//
// # Twisted
//
// twisted.internet.ssl and twisted.internet._sslverify: Certificate, PrivateCertificate, CertificateRequest, KeyPair, DistinguishedName. Different here:
// certificates carry the names of the request as subject alternative names, without which no client accepts them today; the digest
// is SHA-256, not MD5; keys are ECDSA by default; a verification that takes time is done before Sign is called.
package certificate
