// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !unix && !windows

package lockfile

// alive takes every process for alive: this system doesn't tell.
func alive(int) bool { return true }
