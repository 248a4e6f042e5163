// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"math"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32                    = windows.NewLazySystemDLL("kernel32.dll")
	getQueuedCompletionStatusEx = kernel32.NewProc("GetQueuedCompletionStatusEx")
)

// maxEntries is how many completions are taken from the port at once.
const maxEntries = 256

// An overlappedEntry is the system's OVERLAPPED_ENTRY, a completion.
type overlappedEntry struct {
	key  uintptr
	ov   *windows.Overlapped // nil for interrupt's
	_    uintptr
	size uint32
}

// dequeue takes completions from a port. It waits at most timeout, without end when that is negative.
func dequeue(port windows.Handle, into []overlappedEntry, timeout time.Duration) (int, error) {
	wait := uint32(windows.INFINITE)
	if timeout >= 0 {
		wait = uint32(min((timeout+time.Millisecond-1)/time.Millisecond, math.MaxInt32)) // INFINITE is the largest
	}
	var n uint32
	r, _, errno := syscall.SyscallN(getQueuedCompletionStatusEx.Addr(), uintptr(port), uintptr(unsafe.Pointer(&into[0])), uintptr(len(into)),
		uintptr(unsafe.Pointer(&n)), uintptr(wait), 0)
	switch {
	case r != 0:
		return int(n), nil
	case errno == syscall.Errno(windows.WAIT_TIMEOUT):
		return 0, nil
	}
	return 0, sysError("GetQueuedCompletionStatusEx", errno)
}

// fetch takes completions from the port and puts them behind those that have landed.
func (p *iocp) fetch(timeout time.Duration) error {
	n, err := p.wait(p.entries, timeout)
	for _, e := range p.entries[:n] {
		p.land(e)
	}
	return err
}

// land notes that an operation is over. Its memory is the poller's again.
func (p *iocp) land(e overlappedEntry) {
	if e.ov == nil {
		return
	}
	o := (*op)(unsafe.Pointer(e.ov))
	o.landed, o.size = true, e.size
	p.ops.flying--
	p.landed = append(p.landed, o)
}

// finish tells the owner of an operation that it is over.
func (p *iocp) finish(o *op) {
	o.flying, o.landed = false, false
	if o.to == nil {
		p.ops.put(o)
		return
	}
	o.to.completed(o)
}

// await waits until an operation that has been cancelled is over, and finishes it.
func (p *iocp) await(o *op) {
	for p.host.take(p, true); !o.landed; p.host.take(p, true) {
		if err := p.fetch(-1); err != nil {
			return // which no open port gives
		}
	}
	p.host.awaited(p)
	for i := p.next; i < len(p.landed); i++ {
		if p.landed[i] == o {
			p.landed = append(p.landed[:i], p.landed[i+1:]...)
			break
		}
	}
	p.finish(o)
}

// A waker tells whether a Wake has to end a wait.
type waker struct{ state atomic.Int32 }

const (
	loopRuns   int32 = iota
	loopSleeps       // waits, or is about to
	loopWoken        // Wake has been called and Poll has not returned since
)

// sleep is called before a wait. It returns false when there is none to be, after Wake.
func (w *waker) sleep() bool { return w.state.CompareAndSwap(loopRuns, loopSleeps) }

// awake is called after a wait, or instead of it.
func (w *waker) awake() {
	if w.state.Load() != loopRuns {
		w.state.Store(loopRuns)
	}
}

// woken reports whether the wait to come is none. Safe from any goroutine.
func (w *waker) woken() bool { return w.state.Load() == loopWoken }

// wake reports whether there is a wait to be ended. Safe from any goroutine.
func (w *waker) wake() bool { return w.state.Swap(loopWoken) == loopSleeps }
