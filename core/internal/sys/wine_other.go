// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !windows

package sys

// Wine reports whether this is Windows played by wine: it is not even Windows.
func Wine() bool { return false }
