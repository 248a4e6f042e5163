// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !race

// Package race tells tests whether the race detector is on: it changes what is allocated.
package race

// Enabled tells whether the race detector is on.
const Enabled = false
