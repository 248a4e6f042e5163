// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package tlswrap puts TLS on any stream transport, with crypto/tls and without a goroutine for a connection.
//
// # Typical use
//
//	cert, err := tlswrap.LoadFiles("server.pem", "server.key")
//	cfg, err := tlswrap.CertificateOptions{Source: cert}.Config()
//	factory, err := tlswrap.Server(tlswrap.Options{Config: cfg}, echoFactory)
//	// give factory to any port
//
//	cfg, err := tlswrap.OptionsForClientTLS("example.org", tlswrap.ClientOptions{})
//	factory, err := tlswrap.Client(tlswrap.Options{Config: cfg}, clientFactory)
//	// give factory to any connector
//
// # The nouns
//
//   - [Options] say how: a *tls.Config and the limits.
//   - [Layer] is what they make: a configuration for one role, shared by connections. [Layer.Wrap] makes a [Factory]; [Layer.StartTLS] upgrades a
//     connection in place. [Server] and [Client] are shortcuts.
//   - [Transport] is what the protocol's transport can do in addition: protocol.As[tlswrap.Transport](t).
//   - [CertificateOptions] and [OptionsForClientTLS] make a *tls.Config; [Reloader] and [NameMap] supply certificates while serving.
//   - [Error] tells how TLS failed.
//
// # What a protocol sees
//
// ConnectionMade comes before the handshake; what is written then waits for its end, up to the transport's bound. A protocol.HandshakeListener is told when the
// handshake is complete. A failure, such as a certificate that could not be verified, is the reason of ConnectionLost, and matches protocol.ErrTLS.
//
// Writes of one callback, or of one turn of the loop, are merged into records, up to 64000 bytes. A record holds at most 16384 bytes, and crypto/tls begins a
// connection with smaller ones (tls.Config.DynamicRecordSizingDisabled).
//
// # Closing
//
// LoseConnection sends close_notify after what was written, waits for the peer's, for CloseTimeout at the most (Twisted waits for ever), and closes. The peer's
// close_notify is a clean end (io.EOF). The end of the stream without it is not: somebody may have cut data off, so the reason is
// protocol.ErrConnectionLost with io.ErrUnexpectedEOF. With TLS 1.3 close_notify ends one direction only, and a protocol.HalfCloser can go on writing;
// with TLS 1.2 it ends the connection.
//
// # Concurrency
//
// [Layer], [Factory], [Reloader] and [NameMap] are safe from any goroutine, but for Layer.StartTLS and Reloader.Watch. A connection is loop only. A handshake's
// cryptography runs on the loop, about a millisecond with RSA 2048 and a tenth of that with ECDSA P-256.
//
// # Standards
//
// RFC 5246 (TLS 1.2), RFC 8446 (TLS 1.3), RFC 6066 section 3 (SNI), RFC 7301 (ALPN), RFC 9325 (recommendations), RFC 9525 (names in certificates). Not supported:
// renegotiation, 0-RTT data.
//
// # Twisted
//
// twisted.protocols.tls (TLSMemoryBIOFactory, TLSMemoryBIOProtocol, BufferingTLSTransport), startTLS, twisted.internet.ssl's CertificateOptions,
// optionsForClientTLS, platformTrust and trustRootFromCertificates (a *x509.CertPool, nil being the platform's). A connection creator is
// tls.Config.GetConfigForClient. Certificates and the small certificate authority are in package certificate.
package tlswrap
