// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package wire has the small services of old: echo (RFC 862), discard (RFC 863), chargen (RFC 864), quote of the day (RFC 865), active users (RFC 866), daytime
// (RFC 867) and time (RFC 868). They are good for tests and as examples.
//
// # Typical use
//
//	endpoint.ListenString(r, "tcp:7", wire.Echo())
//	endpoint.ListenString(r, "tcp:37", wire.Time())
//	r.ListenUDP("127.0.0.1:7", &wire.Datagrams{Answer: wire.EchoAnswer}, reactor.PacketOptions{})
//
// # The nouns
//
// Each service is a protocol.Factory, made by the function of its name. [Datagrams] serves one of them, as an [Answer], over UDP.
//
// # Datagrams
//
// Over UDP these services are how others are attacked: the sender's address may be forged, the answer may be larger than the question, and two services that answer
// each other never stop (class of CVE-2024-2169). So there is no UDP unless a program listens for it, and then [Datagrams] answers the loopback networks only, unless
// it is told otherwise; it never answers ports below 1024, where such services live; no answer of chargen is longer than its question; and answers have a rate.
//
// # Concurrency
//
// The factories are safe from any goroutine and serve any number of loops; the functions that they are given are called on those. Datagrams belongs to one port.
//
// Twisted: protocols.wire.
package wire
