// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package broken

import "testing"

func TestBroken(t *testing.T) {
	undefined(t)
}
