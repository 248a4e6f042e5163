// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package nested

import "testing"

func TestOuter(t *testing.T) {}
