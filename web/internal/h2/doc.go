// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package h2 is the server's side of HTTP/2 (RFC 9113, with the priorities of RFC 9218), and does no I/O: bytes in, requests out, and the other way round.
//
// # Typical use
//
//	c := h2.NewConn(handler, &limits, now)
//	n, err := c.Next(input)    // one frame; n == 0 && err == nil: more bytes are needed
//	c.Pump(65536)              // what waits, by priority
//	transport.Write(c.Out)     // and empty it
//
// A [Conn] follows the states of its [Stream] values, keeps the windows of both directions, and calls a [Handler]. Below it is a file for each type of frame with a
// function that reads its payload and one that appends a frame. Field blocks are decoded and encoded by golang.org/x/net/http2/hpack.
//
// Whatever a peer can make grow has a bound in [Limits]. What it can ask for without end costs from a budget: frames that bring nothing, streams that are begun and reset, by
// either side.
//
// # Concurrency
//
// The types hold no locks; each belongs to one connection. Loop only.
//
// Not supported: the client's side, server push, the priorities of RFC 7540, extended CONNECT (RFC 8441).
package h2
