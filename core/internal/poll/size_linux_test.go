// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"testing"
	"unsafe"

	"github.com/torsion-go/torsion/core/protocol"
)

// TestSizes holds what each connection has one of to its class of the allocator. The next class is a deliberate step.
func TestSizes(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("laid out for 64 bits")
	}
	for _, tt := range []struct {
		name       string
		got, class uintptr
	}{
		{"a stream", unsafe.Sizeof(stream{}), 48},
		{"an address", unsafe.Sizeof(protocol.Addr{}), 48},
		{"a slot", unsafe.Sizeof(slot{}), 24},
	} {
		if tt.got > tt.class {
			t.Errorf("%s takes %d bytes, more than %d", tt.name, tt.got, tt.class)
		}
	}
}
