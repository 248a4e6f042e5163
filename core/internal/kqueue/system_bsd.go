// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package kqueue

import (
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// system is a kqueue of the system's.
type system struct{ fd int }

// Open opens a kqueue. A child that is started does not inherit it.
func Open() (Queue, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, os.NewSyscallError("kqueue", err)
	}
	unix.CloseOnExec(fd)
	return system{fd}, nil
}

// maxWait is the most that a kqueue can be told to wait for on macOS, where a longer time is EINVAL.
const maxWait = 1e6 * time.Second

func (s system) Kevent(changes, events []Event, timeout time.Duration) (int, error) {
	var limit *unix.Timespec
	if timeout >= 0 {
		t := unix.NsecToTimespec(int64(min(timeout, maxWait)))
		limit = &t
	}
	n, err := unix.Kevent(s.fd, changes, events, limit)
	return n, os.NewSyscallError("kevent", err)
}

// Await polls the kqueue, which is readable as long as it has events.
func (s system) Await(timeout time.Duration) error {
	wait := -1
	if timeout >= 0 { // rounded up, so that it does not end too early
		wait = int(min((timeout+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
	}
	_, err := unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, wait)
	if err == unix.EINTR {
		return nil
	}
	return os.NewSyscallError("poll", err)
}

func (s system) Close() error { return os.NewSyscallError("close", unix.Close(s.fd)) }
