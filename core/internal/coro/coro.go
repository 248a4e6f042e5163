// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package coro is what those who switch to coroutines (iter.Pull) ask first.
//
// Go ends the process when a coroutine is switched to on another thread than it was made on, or deeper or less deep in callbacks from C. A loop keeps to one thread, but
// the passes of a reactor in a GUI toolkit are made in callbacks from C, and a dialog has them made in another one inside of the first. Such a loop tells.
//
// # Typical use
//
//	func (c *conn) resume() {
//		if coro.Barred(c.loop) {
//			coro.Later(c.loop, c.resume)
//			return
//		}
//		c.next()
//
// # Concurrency
//
// Both functions are loop only.
package coro

// A bar is a loop that may refuse.
type bar interface {
	SwitchBarred() bool
	CallWhenSwitchable(f func())
}

// Barred reports whether coroutines of the loop cannot be switched to, or be made, from where the caller is. loop may be nil, and of any type.
func Barred(loop any) bool {
	b, ok := loop.(bar)
	return ok && b.SwitchBarred()
}

// Later has f called from where coroutines can be switched to. It is for loops that Barred is true of.
func Later(loop any, f func()) { loop.(bar).CallWhenSwitchable(f) }
