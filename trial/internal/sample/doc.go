// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package sample compares this module with Twisted's trial: testdata/suite has a test of every kind, and testdata/twin.py the same tests for Twisted.
// Its test runs both and holds ../../docs/side-by-side.md, the table of what both say, true.
//
// # Concurrency
//
// There is nothing to call.
package sample
