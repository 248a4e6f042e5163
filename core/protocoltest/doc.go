// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package protocoltest tests protocols without sockets and without waiting, and checks those who implement the contracts of package protocol.
//
// # Typical use
//
//	t := protocoltest.NewStringTransport()
//	t.Connect(new(echo))
//	t.FeedString("hello")
//	// t.Value() is "hello"
//	t.Clock.Advance(30 * time.Second) // its timeout
//	// t.Disconnected() is true
//
// The nouns:
//
//	[Clock]                   a loop whose time stands still until the test moves it
//	[StringTransport]         one end of a connection whose peer is the test
//	[FakeDatagramTransport]   a datagram port whose network is the test
//	[Pair]                    a server and a client joined in memory
//	[Accumulating]            a protocol that keeps what it receives
//	[Splits]                  shows that a parser does not depend on how its input is cut up
//	[TestTransport]           the conformance suite of protocol.Transport
//	[TestDatagram]            the conformance suite of protocol.DatagramTransport
//
// # Concurrency
//
// All of it belongs to one goroutine, that of the test, which is the loop: whoever advances a clock runs what is due on it. The exceptions say so: of a [Clock]
// CallFromThread, OnLoop, Done, Posted and End, and the methods of [Accumulating].
//
// Twisted: task.Clock, internet.testing, protocols.loopback, test.iosim.
package protocoltest
