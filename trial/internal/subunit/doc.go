// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package subunit is the wire format of subunit, version 2: packets of what happens to tests, and of files that belong to them.
//
// [Append] writes a [Packet], [Parse] reads one. Neither does I/O.
//
// # Concurrency
//
// The functions are safe from any goroutine.
//
// Source: the README of github.com/testing-cabal/subunit, "Version 2".
package subunit
