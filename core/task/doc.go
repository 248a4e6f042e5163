// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package task runs work on a loop: repeatedly, later, in slices beside other work, or as a whole program.
//
// Typical use:
//
//	lc := task.NewLoopingCall(loop, func() error { return poll() })
//	lc.Start(10*time.Second, true).Done(func(_ *task.LoopingCall, err error) { log(err) })
//	...
//	lc.Stop()
//
// The nouns: a [LoopingCall] calls a function on a grid of times. A [Cooperator] shares the loop between iterators, each of which is a [CooperativeTask]. [DeferLater] and
// [Sleep] are a call and a pause. [React] is the frame of a program that ends with its main Deferred.
//
// The clock for tests is protocoltest.Clock; with it a LoopingCall needs no time.
//
// # Concurrency
//
// Everything is loop only, except React, which blocks the goroutine that calls it.
//
// Twisted: internet.task; deferLater, LoopingCall, Cooperator, coiterate, react. task.Clock is protocoltest.Clock.
package task
