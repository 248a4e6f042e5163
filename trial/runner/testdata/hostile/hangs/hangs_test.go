// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package hangs

import "testing"

func TestBefore(t *testing.T) {}

func TestHangs(t *testing.T) {
	t.Run("sub", func(t *testing.T) { select {} })
}
