// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !windows

package atomicfile

import "testing"

// WhenItWaits does nothing: it never waits here.
func WhenItWaits(*testing.T, func()) {}
