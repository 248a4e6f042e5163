// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package uring

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Ring is a submission queue and a completion queue.
type Ring struct {
	fd    int // -1 when closed
	rings []byte
	queue []byte

	sqHead, sqTail, sqFlags *uint32
	sqes                    []SQE
	tail                    uint32 // of the submission queue, which the system sees on Enter

	cqHead, cqTail *uint32
	cqes           []CQE
	head           uint32 // of the completion queue

	ts  timespec
	arg getEventsArg
}

// New opens a ring for at least entries submissions, and completions, at a time. It does nothing before Enable.
func New(entries, completions int) (*Ring, error) {
	p := params{
		flags:     setupCQSize | setupClamp | setupDisabled | setupSubmitAll | setupTaskrunFlag | setupSingleIssuer | setupDeferTaskrun,
		cqEntries: uint32(completions),
	}
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, uintptr(entries), uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, os.NewSyscallError("io_uring_setup", errno)
	}
	r := &Ring{fd: int(fd)}
	const needed = featSingleMmap | featNoDrop | featExtArg | featCQESkip
	err := error(syscall.ENOSYS)
	if p.features&needed == needed {
		err = r.mmap(&p)
	}
	if err != nil {
		r.Close()
		return nil, os.NewSyscallError("io_uring_setup", err)
	}
	return r, nil
}

// mmap maps the queues. Both share one mapping, and the submission queue's array of indexes never changes.
func (r *Ring) mmap(p *params) error {
	size := max(p.sq.array+4*p.sqEntries, p.cq.cqes+uint32(unsafe.Sizeof(CQE{}))*p.cqEntries)
	var err error
	const prot, flags = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_SHARED | unix.MAP_POPULATE
	if r.rings, err = unix.Mmap(r.fd, offSQRing, int(size), prot, flags); err != nil {
		return err
	}
	if r.queue, err = unix.Mmap(r.fd, offSQEs, int(p.sqEntries)*int(unsafe.Sizeof(SQE{})), prot, flags); err != nil {
		return err
	}
	word := func(off uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.rings[off])) }
	r.sqHead, r.sqTail, r.sqFlags = word(p.sq.head), word(p.sq.tail), word(p.sq.flags)
	r.cqHead, r.cqTail = word(p.cq.head), word(p.cq.tail)
	r.sqes = unsafe.Slice((*SQE)(unsafe.Pointer(&r.queue[0])), p.sqEntries)
	r.cqes = unsafe.Slice((*CQE)(unsafe.Pointer(&r.rings[p.cq.cqes])), p.cqEntries)
	array := unsafe.Slice(word(p.sq.array), p.sqEntries)
	for i := range array {
		array[i] = uint32(i)
	}
	return nil
}

// Enable makes the calling thread the one that may enter.
func (r *Ring) Enable() error {
	return os.NewSyscallError("io_uring_register", r.register(registerEnable, nil, 0))
}

// Notify makes the ring signal an eventfd when there is something to gather: a completion, or the first work that Enter is to do before there is one.
func (r *Ring) Notify(eventFD int) error {
	fd := int32(eventFD)
	return os.NewSyscallError("io_uring_register", r.register(registerEventFD, unsafe.Pointer(&fd), 1))
}

func (r *Ring) register(op uintptr, arg unsafe.Pointer, n uintptr) error {
	if _, _, errno := unix.RawSyscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), op, uintptr(arg), n, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// Next returns the next entry of the submission queue, empty, to be filled in before Enter; nil when the queue is full.
func (r *Ring) Next() *SQE {
	if r.tail-atomic.LoadUint32(r.sqHead) == uint32(len(r.sqes)) {
		return nil
	}
	e := &r.sqes[r.tail&uint32(len(r.sqes)-1)]
	r.tail++
	*e = SQE{}
	return e
}

// Room returns how many entries Next has.
func (r *Ring) Room() int { return len(r.sqes) - r.Queued() }

// Queued returns how many entries the system has not taken yet.
func (r *Ring) Queued() int { return int(r.tail - atomic.LoadUint32(r.sqHead)) }

// Ready reports whether Completion has something.
func (r *Ring) Ready() bool { return r.head != atomic.LoadUint32(r.cqTail) }

// Overflown reports whether the system keeps completions for which the queue had no room. Enter brings them when it has.
func (r *Ring) Overflown() bool { return atomic.LoadUint32(r.sqFlags)&sqOverflow != 0 }

// Work reports whether Enter would do anything, apart from taking entries and waiting.
func (r *Ring) Work() bool { return atomic.LoadUint32(r.sqFlags)&(sqTaskrun|sqOverflow) != 0 }

// Completion takes the next completion.
func (r *Ring) Completion() (c CQE, ok bool) {
	if r.head == atomic.LoadUint32(r.cqTail) {
		return CQE{}, false
	}
	c = r.cqes[r.head&uint32(len(r.cqes)-1)]
	r.head++
	atomic.StoreUint32(r.cqHead, r.head)
	return c, true
}

// Enter submits what is queued and does the work there is, without waiting.
func (r *Ring) Enter() syscall.Errno {
	atomic.StoreUint32(r.sqTail, r.tail)
	_, _, errno := unix.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(r.Queued()), 0, enterGetEvents, 0, 0)
	return errno
}

// EnterWait is Enter, and then waits until there is a completion, at most for timeout; a negative one is without end. That the time has passed is no error.
func (r *Ring) EnterWait(timeout time.Duration) syscall.Errno {
	atomic.StoreUint32(r.sqTail, r.tail)
	flags, arg, size := uintptr(enterGetEvents), uintptr(0), uintptr(0)
	if timeout >= 0 {
		r.ts = timespec{int64(timeout / time.Second), int64(timeout % time.Second)}
		r.arg = getEventsArg{ts: uint64(uintptr(unsafe.Pointer(&r.ts)))}
		flags, arg, size = flags|enterExtArg, uintptr(unsafe.Pointer(&r.arg)), unsafe.Sizeof(r.arg)
	}
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(r.Queued()), 1, flags, arg, size)
	if errno == unix.ETIME {
		return 0
	}
	return errno
}

// Close closes the ring. What was under way is cancelled, not necessarily before Close returns.
func (r *Ring) Close() {
	if r.fd < 0 {
		return
	}
	for _, m := range [][]byte{r.rings, r.queue} {
		if m != nil {
			_ = unix.Munmap(m)
		}
	}
	unix.Close(r.fd)
	*r = Ring{fd: -1}
}
