// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package finger answers and asks who uses a machine: the Finger protocol, RFC 1288.
//
// # Typical use
//
//	server := &finger.Server{GetUser: func(t protocol.Transport, q finger.Query) *deferred.Deferred[string] {
//		return deferred.SucceedOn(t.Loop(), lookUp(q.User))
//	}}
//	endpoint.ListenString(r, "tcp:79", server)
//
//	finger.Ask(r, client, "alice") // *deferred.Deferred[string]
//
// A [Server] is a factory with three hooks: for a user, for the list of users, and for queries to be forwarded. Without a hook such queries are refused: RFC 1288
// section 3.2 has it so, as a forwarder hides who asks and a list tells whom to attack. A [Query] is one line, at most 512 bytes, which has to come within
// QueryTimeout. Control characters of answers are replaced, in the server and in the client (section 3.3).
//
// # Concurrency
//
// A Server is safe from any goroutine; its hooks are called on the connections' loops. Ask is loop only.
//
// Not supported: the forwarding itself, which a hook does by Ask.
//
// Twisted: protocols.finger.
package finger
