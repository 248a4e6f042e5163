// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"runtime"

	"golang.org/x/sys/windows"
)

// An op is an operation that the system carries out by itself. From its start until its completion has been taken from the port its memory is the system's, and
// an owner that has lost interest in it only says so (to = nil): closing a socket ends its operations, but not at once.
type op struct {
	ov     windows.Overlapped // the first field: a completion names its address
	to     completer          // its owner; nil for none any more
	next   *op                // of those that are free
	size   uint32             // bytes it has moved
	flying bool               // started, and not finished
	landed bool               // its completion has been taken from the port
}

// A completer is the owner of operations.
type completer interface {
	// completed tells that o is over: it may be started anew, or is put back. Called from inside Poll, and from the poller's Close, when no upcalls are to be made.
	completed(o *op)
}

// opsBlock is how many operations are made at once.
const opsBlock = 64

// ops are the operations of a poller. They are made in blocks, pinned for good, and used again: the system must find them where they were.
type ops struct {
	free   *op
	pin    runtime.Pinner
	flying int // the system's
}

// get returns an operation for an owner.
func (q *ops) get(to completer) *op {
	if q.free == nil {
		block := new([opsBlock]op)
		q.pin.Pin(block)
		for i := range block {
			q.put(&block[i])
		}
	}
	o := q.free
	q.free = o.next
	o.next, o.to = nil, to
	return o
}

// put takes an operation back that is not under way.
func (q *ops) put(o *op) {
	o.to = nil
	o.next, q.free = q.free, o
}

// drop takes an operation back when it is over.
func (q *ops) drop(o *op) {
	if o.to = nil; !o.flying {
		q.put(o)
	}
}

// start readies an operation for the call that starts it.
func (o *op) start() *windows.Overlapped {
	o.ov = windows.Overlapped{}
	return &o.ov
}

// started is told what the call that starts an operation has returned. It reports whether the operation is under way. If not, and err is nil, it is over already: quick
// tells that the system queues no completion then.
func (q *ops) started(o *op, quick bool, err error) (bool, error) {
	if err != nil && err != windows.ERROR_IO_PENDING || err == nil && quick {
		return false, err
	}
	o.flying = true
	q.flying++
	return true, nil
}

func (q *ops) close() {
	q.pin.Unpin()
	q.free = nil
}

// err returns what became of an operation of a socket that is open.
func (o *op) err(fd windows.Handle, call string) error {
	if o.ov.Internal == 0 {
		return nil
	}
	var n, flags uint32
	return sysError(call, windows.WSAGetOverlappedResult(fd, &o.ov, &n, false, &flags))
}
