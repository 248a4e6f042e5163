// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package server holds the servers that the benchmark suite compares: Torsion's, those of other Go engines, Twisted's, and two in C that show what the
// kernel allows. Each runs as a process of its own and gives the same answers. It exists on Linux only.
//
// # Typical use
//
//	cmd, cleanup, err := server.Command(server.Spec{Engine: "torsion", Work: server.TCP})
//	...
//	in, out := cmd.StdinPipe, cmd.StdoutPipe // "listening 127.0.0.1:port" comes from out; closing in ends the server
package server
