// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package uring

import "encoding/binary"

// An Op is the kind of an operation.
type Op uint8

// Operations.
const (
	OpNop         Op = 0
	OpPollAdd     Op = 6
	OpSendMsg     Op = 9
	OpAsyncCancel Op = 14
	OpSend        Op = 26
	OpRecv        Op = 27
)

// Flags of an [SQE].
const (
	BufferSelect   = 1 << 5
	CQESkipSuccess = 1 << 6
)

// RecvMultishot, in SQE.Ioprio of OpRecv, keeps it going.
const RecvMultishot = 1 << 1

// Values of SQE.OpFlags of OpAsyncCancel.
const (
	CancelAll = 1 << 0
	CancelAny = 1 << 2
)

// PollMultishot, in SQE.Len of OpPollAdd, keeps the poll going, edge-triggered.
const PollMultishot = 1 << 0

// Flags of a [CQE].
const (
	CQEBuffer     = 1 << 0 // the upper 16 bits are the number of a buffer
	CQEMore       = 1 << 1 // the operation goes on
	CQEBufferMore = 1 << 4 // the buffer is not full, and goes on
)

// An SQE is an entry of the submission queue. Its fields are named as in the system's header, of each union by its most general member.
type SQE struct {
	Op          Op
	Flags       uint8
	Ioprio      uint16
	FD          int32
	Off         uint64
	Addr        uint64
	Len         uint32
	OpFlags     uint32
	UserData    uint64
	BufGroup    uint16
	Personality uint16
	FileIndex   int32
	Addr3       uint64
	_           uint64
}

// A CQE is a completion.
type CQE struct {
	UserData uint64
	Res      int32
	Flags    uint32
}

// Buffer returns the number of the buffer that CQEBuffer tells of.
func (c *CQE) Buffer() int { return int(c.Flags >> 16) }

// PollEvents returns the events of poll(2) as SQE.OpFlags of OpPollAdd has them: with the halves exchanged where the machine is big-endian.
func PollEvents(events uint32) uint32 {
	if bigEndian {
		return events<<16 | events>>16
	}
	return events
}

var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

const (
	setupCQSize       = 1 << 3
	setupClamp        = 1 << 4
	setupDisabled     = 1 << 6
	setupSubmitAll    = 1 << 7
	setupTaskrunFlag  = 1 << 9
	setupSingleIssuer = 1 << 12
	setupDeferTaskrun = 1 << 13

	featSingleMmap = 1 << 0
	featNoDrop     = 1 << 1
	featExtArg     = 1 << 8
	featCQESkip    = 1 << 11

	sqOverflow = 1 << 1
	sqTaskrun  = 1 << 2

	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3

	registerEventFD   = 4
	registerProbe     = 8
	registerEnable    = 12
	registerBufRing   = 22
	unregisterBufRing = 23

	bufRingIncremental = 2

	offSQRing = 0
	offSQEs   = 0x10000000

	opSupported = 1 << 0
)

type params struct {
	sqEntries, cqEntries, flags, sqThreadCPU, sqThreadIdle, features, wqFD uint32
	_                                                                      [3]uint32
	sq                                                                     struct {
		head, tail, mask, entries, flags, dropped, array, _ uint32
		_                                                   uint64
	}
	cq struct {
		head, tail, mask, entries, overflow, cqes, flags, _ uint32
		_                                                   uint64
	}
}

type timespec struct{ sec, nsec int64 }

type getEventsArg struct {
	sigmask uint64
	sigSize uint32
	_       uint32
	ts      uint64
}

type bufReg struct {
	addr    uint64
	entries uint32
	group   uint16
	flags   uint16
	_       [3]uint64
}

// bufEntry is an entry of a ring of buffers. The last field of the first one is the ring's tail.
type bufEntry struct {
	addr uint64
	len  uint32
	id   uint16
	tail uint16
}

type probe struct {
	lastOp uint8
	len    uint8
	_      uint16
	_      [3]uint32
	ops    [256]struct {
		op    uint8
		_     uint8
		flags uint16
		_     uint32
	}
}
