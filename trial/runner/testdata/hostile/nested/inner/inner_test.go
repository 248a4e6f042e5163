// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inner

import "testing"

func TestInner(t *testing.T) {}
