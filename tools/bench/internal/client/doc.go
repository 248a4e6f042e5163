// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package client holds the HTTP clients that the benchmark suite compares: Torsion's Agent, those of net/http and fasthttp, and Twisted's. Each runs as a process of its own
// and asks one server for the same, over and over; every body is compared. It exists on Linux only.
//
// # Typical use
//
//	cmd, err := client.Command(client.Spec{Engine: "torsion", Addr: addr, Conns: 64})
//	...
//	in, out := cmd.StdinPipe, cmd.StdoutPipe // "asking 127.0.0.1:port" comes from out; a line "count" is answered by a Count; closing in ends the client
package client
