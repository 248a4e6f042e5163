// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package loopcheck catches calls of loop-only methods from outside their loop.
//
// Without the race detector and without the build tag torsion_debug, every function here is empty and inlined: the check costs nothing. With either, a call from
// a goroutine that isn't on the loop panics, and the panic shows the stack of the caller and that of the loop.
//
// Typical use, in a type that is made for one loop:
//
//	type Port struct {
//		guard loopcheck.Guard
//	}
//
//	func (p *Port) StopListening() {
//		p.guard.Check("reactor: Port.StopListening")
//		...
//	}
//
// A loop that has a method Running() bool and returns false from it is not checked: before it runs, whoever sets it up owns it.
//
// # Concurrency
//
// All functions are safe from any goroutine.
package loopcheck
