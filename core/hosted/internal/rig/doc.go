// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package rig tests what needs a screen: it starts X servers without one (Xvfb), finds, closes and photographs windows, and leaves the main thread of a test program to the toolkit.
// Its own tests run the examples against a peer.
//
// # Typical use
//
//	func TestMain(m *testing.M) { os.Exit(rig.Main(m)) } // the tests run beside the main goroutine
//
//	func TestRun(t *testing.T) {
//		rig.NeedDisplay(t)
//		rig.OnMain(func() { err = qt.Run(r) })
//		...
//	}
//
// # Flags of its tests
//
//	-screenshots DIR   keep the screenshots there
//	-measure           run the tests that measure latency and frame rates, too; on a busy machine with
//	                   go test -exec 'chrt -r 1', so that they do not measure what else it does
//
// Where a program or a toolkit is missing, the tests that need it skip and say so.
package rig
