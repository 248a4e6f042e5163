// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package uring_test

import (
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/internal/uring"
)

// open skips the test where there are no rings.
func open(t *testing.T, entries, completions int, p uring.Pool) (*uring.Ring, *uring.Buffers) {
	t.Helper()
	if err := uring.Probe(4, 8); err != nil {
		t.Skip(err)
	}
	r, err := uring.New(entries, completions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	b, err := r.NewBuffers(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); b.Free() })
	return r, b
}

func TestProbe(t *testing.T) {
	if err := uring.Probe(4, 8, uring.OpRecv, uring.OpSend); err != nil {
		t.Skip(err)
	}
	if err := uring.Probe(4, 8, uring.OpRecv, 250); err == nil || !strings.Contains(err.Error(), "250") {
		t.Errorf("an operation that does not exist: %v", err)
	}
}
