// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sendMemory bounds the bytes of a batch: the most that one message may have over IPv6, so that a batch that leaves as one is never too long.
const sendMemory = 65487

// A SendBatch is the reusable memory of sendmmsg: datagrams side by side, with where they go to. It has 79 KiB. It may not be copied once used.
type SendBatch struct {
	msgs   [MaxBatch]mmsghdr
	iovs   [MaxBatch]unix.Iovec
	counts [MaxBatch]int // how many datagrams each message has
	oob    [MaxBatch]segmentSize
	to     [MaxBatch]Sockaddr
	ends   [MaxBatch]int // of the datagrams in buf
	n      int
	buf    []byte
}

// A segmentSize is the control message that tells the system to cut a message into datagrams.
type segmentSize struct {
	hdr  unix.Cmsghdr
	size uint16
	_    [6]byte
}

// Segments reports whether the system can cut what is sent on a UDP socket into datagrams. A system that does not know of it would send it whole.
func Segments(fd int) bool {
	_, errno := GetInt(fd, unix.SOL_UDP, unix.UDP_SEGMENT)
	return errno == 0
}

// Len returns how many datagrams there are.
func (b *SendBatch) Len() int { return b.n }

// Size returns the size of the i-th datagram.
func (b *SendBatch) Size(i int) int { return b.ends[i] - b.start(i) }

// Fits reports whether there is room for one more datagram, of that size.
func (b *SendBatch) Fits(size int) bool { return b.n < MaxBatch && len(b.buf)+size <= sendMemory }

// To is the address of the next datagram, to be filled before it is added.
func (b *SendBatch) To() *Sockaddr { return &b.to[b.n] }

// Add copies a datagram that fits.
func (b *SendBatch) Add(p []byte) {
	if b.buf == nil {
		b.buf = make([]byte, 0, sendMemory)
	}
	b.buf = append(b.buf, p...)
	b.ends[b.n] = len(b.buf)
	b.n++
}

// Reset forgets all datagrams.
func (b *SendBatch) Reset() { b.n, b.buf = 0, b.buf[:0] }

// Send sends the datagrams from the i-th on, without waiting and without a signal, until one meets an error; with segments, those that are alike leave as one
// message, which the system cuts. n is how many left or, with an error, how many the message has that met it.
func (b *SendBatch) Send(fd, i int, segments bool) (n int, errno syscall.Errno) {
	m := 0
	for ; i < b.n; m++ {
		k := 1
		if segments {
			k = b.alike(i)
		}
		b.message(m, i, k)
		i += k
	}
	r, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.msgs)), uintptr(m), callFlags, 0, 0)
	if errno != 0 {
		return b.counts[0], errno
	}
	for _, k := range b.counts[:r] {
		n += k
	}
	return n, 0
}

func (b *SendBatch) start(i int) int {
	if i == 0 {
		return 0
	}
	return b.ends[i-1]
}

// message makes message m of k datagrams from the i-th on.
func (b *SendBatch) message(m, i, k int) {
	start, end := b.start(i), b.ends[i+k-1]
	b.iovs[m].Base = unsafe.SliceData(b.buf[start:])
	b.iovs[m].SetLen(end - start)
	h := &b.msgs[m].hdr
	h.Name, h.Namelen = nil, 0
	if to := &b.to[i]; to.len > 0 {
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&to.raw)), to.len
	}
	h.Iov = &b.iovs[m]
	h.SetIovlen(1)
	h.Control = nil
	h.SetControllen(0)
	if b.counts[m] = k; k > 1 {
		c := &b.oob[m]
		c.hdr.Level, c.hdr.Type = unix.SOL_UDP, unix.UDP_SEGMENT
		c.hdr.SetLen(unix.CmsgLen(2))
		c.size = uint16(b.Size(i))
		h.Control = (*byte)(unsafe.Pointer(c))
		h.SetControllen(unix.CmsgSpace(2))
	}
}

// alike returns how many datagrams from the i-th on go to one address and have one size, but for the last, which may be shorter. None is empty.
func (b *SendBatch) alike(i int) int {
	size := b.Size(i)
	if size == 0 {
		return 1
	}
	k := 1
	for ; i+k < b.n; k++ {
		next := b.Size(i + k)
		if next == 0 || next > size || !b.to[i+k].equal(&b.to[i]) {
			break
		}
		if next < size {
			return k + 1
		}
	}
	return k
}
