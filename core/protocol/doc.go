// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package protocol holds the contracts of Torsion: what a protocol, a transport, a factory, a datagram protocol, a producer, a consumer, a clock and a
// loop are, the addresses, and the taxonomy of connection loss. It does no I/O and imports the standard library only, so that a parser or a protocol
// can be written against it without bringing in a reactor.
//
// # Typical use
//
//	type echo struct{ protocol.Base }
//
//	func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }
//
//	factory := protocol.ForProtocol(func() echo { return echo{} })
//
// # Concurrency
//
// Everything about one connection happens on the loop that owns it: no two callbacks overlap, and the methods of its transport are loop only. Another
// goroutine reaches a connection by t.Loop().CallFromThread. Values of type [Addr] and the errors are immutable.
//
// # Wrapping
//
// A type that wraps a protocol, transport or factory has a method Unwrap that returns what it wraps; [As] finds optional abilities through it.
package protocol
