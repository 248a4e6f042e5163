// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package async puts a bounded queue between those who log and a sink that may be slow, so that a reactor's loop never waits for a disk or a network.
//
//	w := async.NewWriter(file, nil)           // as an io.Writer, below any handler
//	o := async.NewObserver(observer, nil)     // as an Observer, in front of any other
//	defer w.Close()                           // writes what is queued, also when a panic ends the program
//
// When the queue is full, what comes is dropped and counted; as soon as there is room again, "N events lost" stands in its place. A single goroutine works the queue off, and Close waits for it.
//
// A [Writer] copies what it is given; writes that queued up reach the sink together, whole, up to 64 KiB at a time. An [Observer] copies the event and its fields, and resolves
// LogValuers; what the fields point to is not copied, so it is formatted as it is when its turn comes.
//
// An event of level Critical may be the last of its program: it has room even in a full queue, and the Observer waits until it is with the sink, for CriticalWait at most.
//
// # Concurrency
//
// Everything is safe from any goroutine. Write and Observe do not block, but for CriticalWait. The sink is called from one goroutine only; what it panics with is counted as an error.
package async
