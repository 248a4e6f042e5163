// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"testing"
	"unsafe"
)

// There may be very many connections that are quiet.
func TestSize(t *testing.T) {
	if n := unsafe.Sizeof(Conn{}); n > 512 {
		t.Errorf("a Conn has %d bytes", n)
	} else {
		t.Logf("%d bytes", n)
	}
}
