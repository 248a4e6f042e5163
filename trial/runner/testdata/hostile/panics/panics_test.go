// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package panics

import "testing"

func TestBefore(t *testing.T) {}

func TestPanics(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		t.Log("before it")
		var m map[string]int
		m["x"] = 1
	})
}

func TestAfter(t *testing.T) {}
