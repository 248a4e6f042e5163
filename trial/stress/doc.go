// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package stress runs one test many times, several copies at once, to find out how often it fails, and in which ways.
//
// # Typical use
//
//	func TestShutdown(t *testing.T) {
//		stress.Test(t, stress.Config{Runs: 5000, Copies: 16}, func(t testing.TB) {
//			... // what fails once in a while
//		})
//	}
//
// A test that fails says how often, groups the failures that are the same but for numbers, and shows one of each:
//
//	stress: 12 of 5000 runs failed (0.24 %), 16 at once, in 2.1s; a run took 12ms at most, 3ms in the middle
//	9 times, first in run 341:
//		shutdown_test.go:40: got 3, want 2
//	3 times, first in run 1207:
//		panic: send on closed channel
//
// [Run] is the same for anything that returns an error, a process for instance.
//
// # Concurrency
//
// The copies run in goroutines of their own, and Run returns when all of them have ended; so what they share has to be safe, and a copy that hangs holds up the end.
//
// Twisted: trial --until-failure, which repeats the whole run one after the other.
package stress
