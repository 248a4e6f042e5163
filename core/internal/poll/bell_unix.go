// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A bell is a pipe that ends a wait for descriptors: POSIX has nothing better that poll and select can wait for.
type bell struct {
	r, w int

	// For selectors whose set the system sees only when a wait begins, and that somebody else waits for.
	awaited bool       // the loop's: from prepare to the next wait
	waiting sync.Mutex // held by the other goroutine inside the system call
}

func (b *bell) open() error {
	var fds [2]int
	syscall.ForkLock.RLock() // not every system opens pipes that a child does not inherit
	err := unix.Pipe(fds[:])
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return os.NewSyscallError("pipe", err)
	}
	b.r, b.w = fds[0], fds[1]
	for _, fd := range fds {
		if err := unix.SetNonblock(fd, true); err != nil {
			b.close()
			return os.NewSyscallError("fcntl", err)
		}
	}
	return nil
}

var ringing = []byte{0}

// ring makes the pipe readable. A full one is so already. Safe from any goroutine.
func (b *bell) ring() { _, _ = unix.Write(b.w, ringing) }

// drain is called when the pipe is readable.
func (b *bell) drain() {
	var rings [64]byte
	_, _ = unix.Read(b.r, rings[:])
}

// changed ends an await, so that a change of the set counts. When it returns the other goroutine is out of the system call, which would keep a socket that is
// closed next open.
func (b *bell) changed() {
	if b.awaited {
		b.ring()
		b.waiting.Lock()
		b.waiting.Unlock() //lint:ignore SA2001 the lock is only waited for
	}
}

func (b *bell) close() {
	unix.Close(b.r)
	unix.Close(b.w)
}
