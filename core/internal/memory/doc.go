// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package memory joins two protocols of the same process by a connection that no operating system knows of. It keeps every rule of protocol.Transport,
// with bounded queues and back-pressure, and so serves both the memory: endpoint, on real loops, and protocoltest.Pair, on fake clocks.
//
// [Connect] makes a connection of two [Side] values. Each end has its queue of written bytes, which a turn on its own loop moves into a pipe of bounded size,
// as a kernel's socket buffer is; a turn on the other end's loop takes them out and delivers them. So nothing is ever called from inside a call.
//
// When a loop ends that can tell so before, as a reactor's can, its ends lose their connections, and the peers learn of it like of a process that ends: what was
// written arrives, and then the end of the stream.
//
// # Concurrency
//
// [Connect] is safe from any goroutine. The methods of a [Conn] are loop only: those of the loop of its own side. The two loops may be one and the same. The
// only things that both ends touch are the two pipes, each under its own mutex, which is never held in a call.
package memory
