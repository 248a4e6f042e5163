// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package reactortest helps to test code that runs on a reactor, and reactors themselves.
//
// # Typical use
//
//	m := reactortest.NewMemory(t)
//	m.ListenTCP("127.0.0.1:80", factory, reactor.ListenOptions{})
//	peer := m.Dial("127.0.0.1:80")
//	peer.Write([]byte("hello"))
//	m.Settle()
//	if got := peer.Received(); ...
//	m.Advance(30 * time.Second) // what timers do
//
// # Nouns
//
// A [Memory] is a real reactor over a network that exists in memory only, with a clock that the test moves. A [Peer] is the other end of one of its connections, in
// the test's hands. A [Link] gives the network latency, and datagrams jitter and loss. [Clock] is the clock alone, for code that needs no more than a protocol.Loop. [Run] is the conformance suite that every reactor passes,
// over real sockets.
//
// # Concurrency
//
// A Memory, its loops and its Peers belong to the goroutine of the test, which runs everything. From elsewhere only what is safe from any goroutine may be
// called, as CallFromThread.
//
// Twisted: MemoryReactor, MemoryReactorClock, task.Clock, ReactorBuilder.
package reactortest
