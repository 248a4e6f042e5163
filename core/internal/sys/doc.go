// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package sys has the facts and calls of the operating system that the pollers and the reactor need: sockets as plain descriptors, the identity of
// the calling thread, the limit on open files, and the classes of error numbers. It knows nothing of loops, handlers or protocols.
//
// # Concurrency
//
// The functions are safe from any goroutine. A [Message] and a [Sockaddr] are plain memory that one goroutine uses at a time.
//
// # Calls that do not announce themselves
//
// The calls that cannot block (recv, send, accept on non-blocking sockets, close) are made without telling the Go scheduler where the system
// permits that: announcing each would let the scheduler take the processor away from a busy loop.
package sys
