// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// An iocpTimer ends a wait for a port in time. By itself that looks at its time limit as seldom as the clock interrupts, by default every 15.6 ms. So a timer of
// high resolution, from Windows 10 1803 on, is waited for by a wait completion packet, which queues a completion when the timer is due: as Go's runtime does.
// Where the system has no such things the limit has to do.
type iocpTimer struct {
	timer  windows.Handle // 0 for none
	packet windows.Handle
}

var (
	ntdll                           = windows.NewLazySystemDLL("ntdll.dll")
	ntCreateWaitCompletionPacket    = ntdll.NewProc("NtCreateWaitCompletionPacket")
	ntAssociateWaitCompletionPacket = ntdll.NewProc("NtAssociateWaitCompletionPacket")
	ntCancelWaitCompletionPacket    = ntdll.NewProc("NtCancelWaitCompletionPacket")
	createWaitableTimerEx           = kernel32.NewProc("CreateWaitableTimerExW")
	setWaitableTimer                = kernel32.NewProc("SetWaitableTimer")
)

// What package windows does not name.
const (
	createWaitableTimerHighResolution = 2
	timerQueryState                   = 1
	timerModifyState                  = 2
	genericAll                        = 0x10000000
)

func (t *iocpTimer) open() {
	if ntCreateWaitCompletionPacket.Find() != nil || ntAssociateWaitCompletionPacket.Find() != nil || ntCancelWaitCompletionPacket.Find() != nil {
		return
	}
	timer, _, _ := syscall.SyscallN(createWaitableTimerEx.Addr(), 0, 0, createWaitableTimerHighResolution, windows.SYNCHRONIZE|timerQueryState|timerModifyState)
	if timer == 0 {
		return
	}
	status, _, _ := syscall.SyscallN(ntCreateWaitCompletionPacket.Addr(), uintptr(unsafe.Pointer(&t.packet)), genericAll, 0)
	if windows.NTStatus(status) != windows.STATUS_SUCCESS {
		windows.CloseHandle(windows.Handle(timer))
		return
	}
	t.timer = windows.Handle(timer)
}

// set ends the wait for the port that follows after d. The packet of a wait that something else has ended is taken back first; where it is just being queued the
// time limit of the wait has to do.
func (t *iocpTimer) set(port windows.Handle, d time.Duration) {
	const removeSignaled = 1
	status, _, _ := syscall.SyscallN(ntCancelWaitCompletionPacket.Addr(), uintptr(t.packet), removeSignaled)
	if s := windows.NTStatus(status); s != windows.STATUS_SUCCESS && s != windows.STATUS_CANCELLED {
		return
	}
	due := -int64(d / 100) // from now on, in units of 100 ns
	if ok, _, _ := syscall.SyscallN(setWaitableTimer.Addr(), uintptr(t.timer), uintptr(unsafe.Pointer(&due)), 0, 0, 0, 0); ok == 0 {
		return
	}
	var signaled uint8 // queued already, which the wait will find
	_, _, _ = syscall.SyscallN(ntAssociateWaitCompletionPacket.Addr(), uintptr(t.packet), uintptr(port), uintptr(t.timer), 0, 0, 0, 0,
		uintptr(unsafe.Pointer(&signaled)))
}

func (t *iocpTimer) close() {
	if t.timer != 0 {
		windows.CloseHandle(t.packet)
		windows.CloseHandle(t.timer)
	}
}

// wait takes completions from the port, as dequeue does. Not for two goroutines at once, but for waits without end.
func (p *iocp) wait(into []overlappedEntry, timeout time.Duration) (int, error) {
	if p.timer.timer != 0 && timeout > 0 {
		if n, err := dequeue(p.port, into, 0); n > 0 || err != nil { // then the timer is not needed
			return n, err
		}
		p.timer.set(p.port, timeout)
	}
	return dequeue(p.port, into, timeout)
}
