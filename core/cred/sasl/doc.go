// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package sasl has the mechanisms of SASL (RFC 4422) for both sides: PLAIN, LOGIN, EXTERNAL, ANONYMOUS, OAUTHBEARER, CRAM-MD5 and SCRAM.
//
// # Typical use
//
// At a server, which wraps the bytes in what its protocol has (base64, mostly):
//
//	cfg := sasl.ServerConfig{TLS: &state, Keys: users.Keys}
//	offered := cfg.Mechanisms()
//	s, err := sasl.NewServer("SCRAM-SHA-256", cfg)
//	challenge, done, err := s.Next(response)  // until done
//	creds, ok := s.Credentials()
//	portal.Login(loop, creds, mind)           // this is what lets the user in, or not
//
// At a client:
//
//	c, err := sasl.NewClient(offered, sasl.ClientConfig{Username: "u", Password: "p"})
//	mechanism, initial, err := c.Start()
//	response, err := c.Next(challenge)        // for each challenge
//	err = c.Done()                            // when the server has said yes
//
// The shape of Start and Next is that of github.com/emersion/go-sasl, so that the one fits where the other is asked for.
//
// # Mechanisms and credentials
//
//	PLAIN, LOGIN       RFC 4616             cred.UsernamePassword; only over TLS unless allowed otherwise
//	EXTERNAL           RFC 4422             cred.ClientCertificate
//	ANONYMOUS          RFC 4505             cred.Anonymous
//	OAUTHBEARER        RFC 7628             cred.BearerToken; only over TLS
//	CRAM-MD5           RFC 2195             *crammd5.Credentials
//	SCRAM-...[-PLUS]   RFC 5802, 7677, 9266 scram.Credentials, which are proved already: a portal takes them by scram.Checker
//
// # Limits
//
// A message is at most [MaxMessage] bytes; more, or a message out of turn, is [ErrProtocol]. To act for another account (authzid) is refused, except where the credentials have a
// place for it: EXTERNAL and OAUTHBEARER.
//
// # Concurrency
//
// A Server or Client is one login and belongs to one goroutine at a time. Server.Next calls ServerConfig.Keys: if that blocks, as scram.File, use [NextIn].
// For a client's SCRAM, which hashes thousands of times, use cred.Run.
//
// Not supported: DIGEST-MD5, which RFC 6331 has retired, GSSAPI, and security layers.
package sasl
