// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The segment size is found among other control messages, and damaged ones end the search.
func TestSegmentOf(t *testing.T) {
	message := func(level, kind int32, size int, value uint32) []byte {
		b := make([]byte, unix.CmsgSpace(size))
		h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
		h.Level, h.Type = level, kind
		h.SetLen(unix.CmsgLen(size))
		if size >= 4 {
			*(*uint32)(unsafe.Pointer(&b[unix.CmsgLen(0)])) = value
		}
		return b
	}
	gro := message(unix.SOL_UDP, unix.UDP_GRO, 4, 1200)
	other := message(unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, 16, 7)
	broken := message(unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, 16, 7)
	(*unix.Cmsghdr)(unsafe.Pointer(&broken[0])).SetLen(3)
	long := message(unix.SOL_SOCKET, unix.SCM_TIMESTAMPNS, 16, 7)
	(*unix.Cmsghdr)(unsafe.Pointer(&long[0])).SetLen(1000)
	join := func(v ...[]byte) (all []byte) {
		for _, b := range v {
			all = append(all, b...)
		}
		return all
	}
	for i, tt := range []struct {
		oob  []byte
		want int
	}{
		{nil, 0}, {gro, 1200}, {other, 0}, {join(other, gro), 1200}, {join(gro, other), 1200}, {join(broken, gro), 0}, {join(long, gro), 0},
		{gro[:len(gro)-8], 0}, {gro[:5], 0}, {message(unix.SOL_UDP, unix.UDP_GRO, 2, 0), 0},
	} {
		if got := segmentOf(tt.oob); got != tt.want {
			t.Errorf("%d: got %d, want %d", i, got, tt.want)
		}
	}
}

// Large messages get fewer slots of the same memory, none of which overlap.
func TestRecvBatchArrange(t *testing.T) {
	b, err := NewRecvBatch()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ size, slots int }{{MaxUDP, MaxBatch}, {1 << 20, 4}, {MaxPacket, 1}} {
		if b.arrange(tt.size, false); b.slots != tt.slots {
			t.Errorf("%d slots of %d bytes, want %d", b.slots, tt.size, tt.slots)
		}
		memory := b.memory
		for i := range b.slots {
			slot := unsafe.Slice(b.iovs[i].Base, b.iovs[i].Len)
			at := uintptr(unsafe.Pointer(&slot[0])) - uintptr(unsafe.Pointer(&b.memory[0]))
			if len(slot) != tt.size || at+uintptr(len(slot)) > uintptr(len(b.memory)) || uintptr(len(b.memory)-len(memory)) > at {
				t.Errorf("slot %d of %d bytes is at %d", i, tt.size, at)
			}
			memory = b.memory[at+uintptr(tt.size):]
		}
	}
}
