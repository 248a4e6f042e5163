// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package leaktest fails tests that leave goroutines or file descriptors behind.
//
// # Typical use
//
// For a whole package, in one of its test files:
//
//	func TestMain(m *testing.M) { leaktest.Main(m) }
//
// For one test, which must not run in parallel with others:
//
//	func TestServer(t *testing.T) {
//		leaktest.Check(t)
//		...
//	}
//
// Goroutines are told apart by their stacks, as runtime.Stack shows them; those of the runtime and of package testing do not count. Descriptors are those in
// /proc/self/fd, on Linux only. What is on its way out gets a bounded time to go.
//
// # Concurrency
//
// Check and Main are called from the goroutine of the test or of TestMain.
package leaktest
