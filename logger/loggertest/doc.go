// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package loggertest helps to test what logs, and observers.
//
// Typical use:
//
//	log, logged := loggertest.New("app")
//	serve(log)
//	if got := logged.Texts(); !slices.Contains(got, "warn: no such page") { ... }
//
// A [Recorder] keeps events; [Capture] makes one listen to a publisher for the time of a test, [New] gives a Logger of its own to a test. [TestObserver] is the conformance suite for
// implementations of logger.Observer.
//
// # Concurrency
//
// A Recorder is safe from any goroutine. Tests that run in parallel each see all that logger.Global gets: give each its own Logger.
package loggertest
