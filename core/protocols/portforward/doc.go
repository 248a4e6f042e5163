// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package portforward carries connections to another server, byte for byte.
//
// # Typical use
//
//	f, err := portforward.New(portforward.Config{
//		Dial:   portforward.ToString(registry, "tcp:10.0.0.7:5432"),
//		Limits: policy.Limits{MaxConnections: 1000, Idle: time.Hour},
//	})
//	endpoint.ListenString(r, "tcp:5432", f)
//
// A [Forwarder] is the factory of a server. For each connection that it accepts it makes one to the upstream; until that is there, nothing is read. Then each side is
// the other's producer: one that reads slowly holds up the other, and what is queued stays at about protocol.HighWater and one read. The end of one direction is
// passed on (half-close) where both transports can; the end of a connection ends the other, an abort by an abort. When the upstream cannot be reached in time the
// connection is aborted, so that the client does not take it for an empty answer.
//
// With Config.ProxyHeader the upstream is told of the client by the PROXY protocol, version 1 or 2. With Config.AccessLog a line is logged for each connection when
// it ends, with its bytes and time. [Forwarder.Stats] counts.
//
// # Concurrency
//
// A Forwarder serves any number of loops. Config.Dial is asked once for each loop and makes a client of that loop: both sides of a connection then belong to one
// loop, and nothing crosses from one to another. Config.Upstream is one client for servers with one loop; a connection that it makes on another loop is refused.
//
// Not supported: datagrams, and the choice between several upstreams.
//
// Twisted: protocols.portforward.
package portforward
