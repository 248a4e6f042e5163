// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// MaxBatch is how many messages one call receives or sends at most.
const MaxBatch = 64

// MaxUDP is more than a UDP datagram, or what the system coalesced of several, can have.
const MaxUDP = 1<<16 - 1

// An mmsghdr is struct mmsghdr of the system.
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32 // the message's bytes
}

const (
	// slotGap keeps the beginnings of messages out of one set of the processor's cache, where powers of two would put them all.
	slotGap    = 64
	recvMemory = MaxBatch * (MaxUDP + 1 + slotGap)
)

// MaxPacket is the size of the largest datagram that a RecvBatch takes whole.
const MaxPacket = recvMemory - 2*slotGap

// A RecvBatch is the memory of recvmmsg: 64 messages of 64 KiB, outside of the garbage collector's heap. These 4 MiB are a reserve of addresses: of memory there
// is what messages have touched, from the first slot on, which is the first page of each slot and what receive buffers have held beyond that.
type RecvBatch struct {
	msgs    [MaxBatch]mmsghdr
	iovs    [MaxBatch]unix.Iovec
	from    [MaxBatch]Sockaddr
	oob     [MaxBatch]recvControl
	memory  []byte
	size    int  // of the messages that the memory is divided for
	control bool // control messages are received
	slots   int
	used    int // messages of the last Recv
}

// recvControl has room for the segment size of a coalesced message and for whatever else the socket's owner has turned on.
type recvControl [256]byte

// NewRecvBatch returns a RecvBatch, whose memory goes when it is collected.
func NewRecvBatch() (*RecvBatch, error) {
	memory, err := unix.Mmap(-1, 0, recvMemory, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	b := &RecvBatch{memory: memory}
	runtime.AddCleanup(b, func(memory []byte) { _ = unix.Munmap(memory) }, memory)
	return b, nil
}

// Coalesces reports whether what is received from a UDP socket may be several datagrams in one message, for which the system is asked if ask is set.
func Coalesces(fd int, ask bool) bool {
	if ask {
		SetInt(fd, unix.SOL_UDP, unix.UDP_GRO, 1)
	}
	v, errno := GetInt(fd, unix.SOL_UDP, unix.UDP_GRO)
	return errno == 0 && v != 0
}

// Recv receives want messages at most without waiting, cutting each to size bytes or MaxUDP, whichever is more, and returns how many; full is false when there were no
// more. Where the socket coalesces, control has to be set; where descriptors might come, it may not be.
func (b *RecvBatch) Recv(fd, size, want int, control bool) (n int, full bool, errno syscall.Errno) {
	if size = max(size, MaxUDP); size != b.size || control != b.control {
		b.arrange(size, control)
	}
	if b.control {
		for i := range b.used {
			b.msgs[i].hdr.SetControllen(len(b.oob[i]))
		}
	}
	want = min(want, b.slots)
	r, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.msgs)), uintptr(want), unix.MSG_DONTWAIT, 0, 0)
	n = count(r, errno)
	b.used = n
	for i := range n {
		h := &b.msgs[i].hdr
		b.from[i].len, h.Namelen = h.Namelen, sockaddrSize
	}
	return n, n == want, errno
}

// Message returns the i-th message of the last Recv and its sender, both lent until the next. When segment is less than its length it consists of datagrams of
// that size, the last of which may be shorter.
func (b *RecvBatch) Message(i int) (p []byte, segment int, from *Sockaddr) {
	p, from = unsafe.Slice(b.iovs[i].Base, b.msgs[i].n), &b.from[i]
	segment = len(p)
	if !b.control {
		return p, segment, from
	}
	if n := b.msgs[i].hdr.Controllen; n > 0 {
		if k := segmentOf(b.oob[i][:min(uint64(n), uint64(len(b.oob[i])))]); k > 0 {
			segment = k
		}
	}
	return p, segment, from
}

// segmentOf returns the segment size among control messages, 0 for none.
func segmentOf(oob []byte) int {
	for len(oob) >= unix.CmsgLen(0) {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0]))
		size := int(h.Len)
		if size < unix.CmsgLen(0) || size > len(oob) {
			break
		}
		if h.Level == unix.SOL_UDP && h.Type == unix.UDP_GRO && size >= unix.CmsgLen(4) {
			return int(*(*int32)(unsafe.Pointer(&oob[unix.CmsgLen(0)])))
		}
		oob = oob[min(unix.CmsgSpace(size-unix.CmsgLen(0)), len(oob)):]
	}
	return 0
}

// arrange divides the memory into slots of size bytes.
func (b *RecvBatch) arrange(size int, control bool) {
	stride := (size+slotGap-1)&^(slotGap-1) + slotGap
	b.size, b.control, b.slots = size, control, min(len(b.memory)/stride, MaxBatch)
	for i := range b.slots {
		b.iovs[i].Base = &b.memory[i*stride]
		b.iovs[i].SetLen(size)
		h := &b.msgs[i].hdr
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&b.from[i].raw)), sockaddrSize
		h.Iov = &b.iovs[i]
		h.SetIovlen(1)
		h.Control = nil
		h.SetControllen(0)
		if control {
			h.Control = &b.oob[i][0]
			h.SetControllen(len(b.oob[i]))
		}
	}
}
