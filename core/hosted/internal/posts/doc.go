// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package posts is the way of functions from any goroutine to the main thread of a toolkit: a queue in Go, and at most one wake-up under way in the toolkit, so that
// thousands of posts a second do not flood the toolkit's queue of events.
//
// # Typical use
//
//	var queue = posts.New(wake)  // wake has the toolkit's main loop call queue.Run soon
//
//	func Post(f func()) { queue.Post(f) }
//
// # Concurrency
//
// Post, Open and Close are safe from any goroutine. Run belongs to the toolkit's main thread; it may be entered again while a function that it calls runs a main
// loop of its own, as a modal dialog does, and keeps the order then too.
package posts
