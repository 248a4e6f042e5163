// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An epoll is the selector of Linux. It is woken by an eventfd that is registered edge-triggered, so that nobody ever has to read it.
type epoll struct {
	fd     int
	wakeFD int
	events []unix.EpollEvent
}

const (
	minEvents = 128
	maxEvents = 4096
)

func newEpoll() (Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	wakeFD, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("eventfd", err)
	}
	e := &epoll{fd: fd, wakeFD: wakeFD, events: make([]unix.EpollEvent, minEvents)}
	// Generation 0 is never given out, so Poll drops the event.
	if err := e.add(wakeFD, 0, unix.EPOLLIN|unix.EPOLLET); err != nil {
		e.close()
		return nil, err
	}
	return newReadiness("epoll", e), nil
}

func (e *epoll) add(fd int, gen, events uint32) error {
	return e.control(unix.EPOLL_CTL_ADD, fd, gen, events)
}

func (e *epoll) mod(fd int, gen, events uint32) error {
	return e.control(unix.EPOLL_CTL_MOD, fd, gen, events)
}

func (e *epoll) del(fd int) { _ = e.control(unix.EPOLL_CTL_DEL, fd, 0, 0) }

// control puts the descriptor and the generation into the 64 bits that come back with each event.
func (e *epoll) control(op, fd int, gen, events uint32) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(fd), Pad: int32(gen)}
	_, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(e.fd), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(&ev)), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("epoll_ctl", errno)
	}
	return nil
}

func (e *epoll) wait(timeout time.Duration) (int, error) {
	var n uintptr
	var errno syscall.Errno
	if timeout == 0 {
		n, _, errno = unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(e.fd), uintptr(unsafe.Pointer(&e.events[0])), uintptr(len(e.events)), 0, 0, 0)
	} else { // the one call that blocks: the scheduler has to know
		n, _, errno = unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(e.fd), uintptr(unsafe.Pointer(&e.events[0])), uintptr(len(e.events)),
			uintptr(milliseconds(timeout)), 0, 0)
	}
	switch {
	case errno == unix.EINTR:
		return 0, nil
	case errno != 0:
		return 0, os.NewSyscallError("epoll_wait", errno)
	}
	if int(n) == len(e.events) && n < maxEvents {
		// What is in the full buffer is still to be read, so it is copied into the larger one.
		e.events = append(e.events, make([]unix.EpollEvent, len(e.events))...)
	}
	return int(n), nil
}

func (e *epoll) event(i int) (fd int, gen, events uint32) {
	ev := &e.events[i]
	return int(ev.Fd), uint32(ev.Pad), ev.Events
}

func (e *epoll) interrupt() {
	one := uint64(1) // in the machine's order: it is added up
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, uintptr(e.wakeFD), uintptr(unsafe.Pointer(&one)), 8)
}

// prepare has nothing to do: what is registered is the system's own affair.
func (e *epoll) prepare() bool { return false }

// await polls the epoll itself, which is readable as long as it has events. What wait has not taken stays there, the edge of the eventfd too.
func (e *epoll) await(timeout time.Duration) error { return awaitReadable(e.fd, timeout) }

func (e *epoll) close() {
	unix.Close(e.fd)
	unix.Close(e.wakeFD)
}
