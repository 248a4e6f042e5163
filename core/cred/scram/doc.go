// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package scram has the SCRAM-SHA-1 and SCRAM-SHA-256 logins (RFC 5802, 7677), with and without channel binding, as state machines without I/O.
//
// # Typical use
//
// At a client:
//
//	c, err := scram.NewClient(scram.ClientConfig{Username: "user", Password: "pencil"})
//	first, err := c.First()
//	final, err := c.Final(serverFirst)
//	err = c.Verify(serverFinal)          // nil: both sides know the password
//
// At a server, which keeps [Keys] in place of passwords:
//
//	s := scram.NewServer(scram.ServerConfig{})
//	user, err := s.First(clientFirst)
//	keys, known := users.Keys(user, scram.SHA256)
//	serverFirst, err := s.Challenge(keys, known)
//	serverFinal, err := s.Final(clientFinal)
//	creds, ok := s.Credentials()         // for a portal with scram.Checker
//
// [Users] has the keys of users in memory, [File] in a file. Package sasl has both sides as mechanisms of SASL. Looking keys up may take as long as it needs: nothing waits within the Server.
//
// # Unknown users
//
// A user who does not exist gets a salt too, always the same one, and fails at the end as a wrong password does: see ServerConfig.DecoyKey.
//
// # Channel binding
//
// [Bind] makes the binding of a TLS connection: tls-exporter, tls-server-end-point, or tls-unique up to TLS 1.2. A client that could bind, at a server that could too, is
// refused when it was not told so.
//
// # Concurrency
//
// A Client or Server is one login and belongs to one goroutine at a time. Client.Final and NewKeys hash thousands of times: not on a loop.
//
// Names and passwords are prepared by SASLprep (RFC 4013). Not supported: acting for another user, and extensions.
package scram
