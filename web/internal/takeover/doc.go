// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package takeover gives a connection that HTTP has begun to another protocol: after 101, or 2xx to CONNECT. [Conn] is the transport that the protocol gets. Servers and clients
// use it. What was read behind the head waits for the protocol, within what one read brings; nothing is delivered while it has paused.
//
// # Concurrency
//
// Loop only.
package takeover
