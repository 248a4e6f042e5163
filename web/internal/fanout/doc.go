// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package fanout hands what is published from any goroutine to many clients on many loops. There is one [Log] of what was published last, which they share: a client that is slow
// costs its place in the log and no copy of what it has not taken.
//
//	m, err := log.Admit(loop, nil) // a client; it begins with what is published from now on
//	err = m.Start(client)          // it is called from now on
//	m.Pump()                       // whenever it can take more again
//	m.CatchUp() // before it is sent something else, or leaves
//	m.Leave()
//
// A loop with many clients serves some of them in a turn, and does its other work between. Publishers on the loop do not wait for that, but deliver by themselves what clients would miss otherwise.
//
// # Concurrency
//
// A Log is safe from any goroutine. A [Member] and its client belong to their loop.
package fanout
