// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package kqueue is kqueue(2) of macOS and the BSDs as the pollers need it: its events, its constants, and the two calls, behind an interface that something else than
// the system may stand behind. On Linux, which has no kqueue, there are the types and the constants, for the tests.
//
// # Concurrency
//
// A [Queue] may be used by several goroutines at once, as a kqueue may. Slices that are given to it are not kept.
package kqueue
