// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"testing"
	"unsafe"
)

// TestConnSize holds a connection to its class of the allocator: there may be a million of them. The next class is a deliberate step.
func TestConnSize(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("laid out for 64 bits")
	}
	if got := unsafe.Sizeof(tcpConn{}); got > 176 {
		t.Errorf("a connection takes %d bytes, more than the class of 176", got)
	}
	if got := unsafe.Sizeof(extra{}); got > 64 {
		t.Errorf("its extra takes %d bytes, more than the class of 64", got)
	}
}
