// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// MaxBatch is how many datagrams one call receives or sends at most.
const MaxBatch = 64

// An mmsghdr is struct mmsghdr of the system.
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32 // the message's bytes
}

// slotGap keeps the beginnings of datagrams out of one set of the processor's cache, where powers of two would put them all.
const slotGap = 64

// recvMemory is the size of the memory for datagrams: a whole batch of the usual maximum of 8 KiB, or eight of 64 KiB.
const recvMemory = MaxBatch * (8<<10 + slotGap)

// A RecvBatch is the reusable memory of recvmmsg. It has 516 KiB, of which the system provides what datagrams have touched, and more only where one datagram may
// be larger than that. It may not be copied once used.
type RecvBatch struct {
	msgs   [MaxBatch]mmsghdr
	iovs   [MaxBatch]unix.Iovec
	from   [MaxBatch]Sockaddr
	memory []byte
	size   int // of the datagrams that the memory is arranged for
	slots  int
}

// Recv receives datagrams without waiting, cutting each to size bytes, and returns how many; full is false when there were no more.
func (b *RecvBatch) Recv(fd, size int) (n int, full bool, errno syscall.Errno) {
	if size != b.size {
		b.arrange(size)
	}
	r, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.msgs)), uintptr(b.slots), unix.MSG_DONTWAIT, 0, 0)
	n = count(r, errno)
	for i := range n {
		b.from[i].len = b.msgs[i].hdr.Namelen
		b.msgs[i].hdr.Namelen = sockaddrSize
	}
	return n, n == b.slots, errno
}

// Datagram returns the i-th datagram of the last Recv and its sender, both lent until the next.
func (b *RecvBatch) Datagram(i int) ([]byte, *Sockaddr) {
	return unsafe.Slice(b.iovs[i].Base, b.msgs[i].n), &b.from[i]
}

// arrange divides the memory into slots of size bytes.
func (b *RecvBatch) arrange(size int) {
	stride := (size+slotGap-1)&^(slotGap-1) + slotGap
	if need := max(recvMemory, stride); len(b.memory) < need {
		b.memory = make([]byte, need)
	}
	b.size, b.slots = size, min(len(b.memory)/stride, MaxBatch)
	for i := range b.slots {
		b.iovs[i].Base = &b.memory[i*stride]
		b.iovs[i].SetLen(size)
		h := &b.msgs[i].hdr
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&b.from[i].raw)), sockaddrSize
		h.Iov = &b.iovs[i]
		h.SetIovlen(1)
	}
}
