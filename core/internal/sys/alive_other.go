// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix && !windows

package sys

// Alive takes every process for alive: this system doesn't tell.
func Alive(int) bool { return true }
