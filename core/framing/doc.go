// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package framing cuts a stream into frames: lines, netstrings, strings with a binary length, pieces of sizes that the protocol knows as it goes, and sends files.
//
// The parsers [LineParser] and [StringParser] do no I/O: bytes in, frames out. On top of them are protocols, one value for each connection, that
// give the frames to a handler:
//
//	[Lines]     lines, and raw data in between    [LineHandler]
//	[Strings]   netstrings and counted strings    [StringHandler], [StringStates]
//	[Stateful]  pieces of given sizes             [State]
//
// # Typical use
//
//	type greeter struct{}
//
//	func (greeter) ConnectionMade(c *framing.Lines)              { c.SendLineString("220 ready") }
//	func (greeter) LineReceived(c *framing.Lines, line []byte)   { c.SendLine(append([]byte("250 "), line...)) }
//
//	factory := protocol.ForProtocol(func() *framing.Lines { return framing.NewLines(greeter{}) })
//
// A handler gets its protocol as the first argument. It is the transport too: writing, pausing and closing go through it, and the frames that are already buffered
// wait or are dropped accordingly. Other abilities of the transport are found through it by protocol.As.
//
// Frames are delivered one at a time: input that arrives while a handler runs is queued. While a handler has paused its protocol, the transport is paused, so that
// what waits is bounded. A frame that is too long, or malformed, closes the connection; the reason that a [LostHandler] gets then matches
// protocol.ErrProtocolViolation.
//
// # Concurrency
//
// Everything here belongs to one connection and is loop only. [AppendString] is safe from any goroutine.
//
// Twisted: protocols.basic, protocols.stateful.
package framing
