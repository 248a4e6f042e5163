// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix && !linux

package sys

// zombie is not known here.
func zombie(int) bool { return false }
