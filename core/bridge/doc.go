// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package bridge joins the two ways of writing network code in Go: protocols that are called back on a loop, and goroutines that block on a net.Conn.
//
// # Typical use
//
// Ordinary Go code serves the connections of any endpoint:
//
//	factory := bridge.Blocking(func(ctx context.Context, conn net.Conn) error {
//		_, err := io.Copy(conn, conn)
//		return err
//	})
//
// A protocol runs over a net.Conn that some library made:
//
//	bridge.Attach(loop, conn, myProtocol)
//
// # The nouns
//
// A [Conn] is a net.Conn over a protocol.Transport. [NewProtocol] makes the protocol that has one; [Blocking] makes a factory of such protocols out of a
// function. [Attach] is the other direction: it makes a protocol.Transport out of a net.Conn. Package endpoint builds listeners, diallers and
// endpoints on these.
//
// # Back-pressure
//
// A Conn holds at most 64 KiB that nobody has read, plus what the loop reads at once, and stops the transport's reading above that; Write blocks while 64 KiB wait
// and while the transport is above its high-water mark. An attached transport reads on only when the protocol has taken what was read.
//
// # Concurrency
//
// The methods of Conn are safe from any goroutine but may block, and so must not be called on the loop: one that would have to wait there panics. Attach and
// the transport that it returns are loop only. Each attached connection has two goroutines, which end when the connection does or when the loop ends.
//
// Twisted has no counterpart; the nearest is twisted.internet.threads.blockingCallFromThread.
package bridge
