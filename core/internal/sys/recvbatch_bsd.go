// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// MaxBatch is how many datagrams one pass receives before it looks after others. Each takes a call: most of the systems have none for several.
const MaxBatch = 64

// MaxUDP is more than a UDP datagram can have.
const MaxUDP = 1<<16 - 1

// MaxPacket is the size of the largest datagram that a RecvBatch takes whole.
const MaxPacket = 4 << 20

// A RecvBatch is the memory that datagrams are received into.
type RecvBatch struct {
	buf  []byte
	n    int // of the datagram in buf
	from Sockaddr
}

// NewRecvBatch returns a RecvBatch.
func NewRecvBatch() (*RecvBatch, error) { return new(RecvBatch), nil }

// Coalesces reports whether what is received from a UDP socket may be several datagrams in one message. Here it may not.
func Coalesces(int, bool) bool { return false }

// Recv receives one datagram without waiting, cutting it to size bytes or MaxUDP, whichever is more, and returns how many there were; full is true then: there may be
// more.
func (b *RecvBatch) Recv(fd, size, _ int, _ bool) (n int, full bool, errno syscall.Errno) {
	if size = max(size, MaxUDP); len(b.buf) < size {
		b.buf = make([]byte, size)
	}
	n, from, err := unix.Recvfrom(fd, b.buf[:size], unix.MSG_DONTWAIT)
	if err != nil && n <= 0 {
		return 0, false, number(err)
	}
	b.n = n
	b.from.set(from)
	return 1, true, 0
}

// Message returns the datagram of the last Recv and its sender, both lent until the next. segment is its length: it is one datagram.
func (b *RecvBatch) Message(int) (p []byte, segment int, from *Sockaddr) {
	return b.buf[:b.n], b.n, &b.from
}

// Segments reports whether the system can cut what is sent on a UDP socket into datagrams. Here it cannot.
func Segments(int) bool { return false }
