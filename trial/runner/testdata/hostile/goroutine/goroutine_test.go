// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package goroutine

import "testing"

func TestBefore(t *testing.T) {}

func TestGoroutine(t *testing.T) {
	go boom()
	select {}
}

func boom() { panic("boom in a goroutine") }

func TestAfter(t *testing.T) {}
