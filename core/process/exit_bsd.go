// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// An exitWatch tells when a child has exited: by a kqueue of its own, which the loop watches.
type exitWatch struct {
	fd      int // -1 without one
	t       *Transport
	watched bool
}

// open fails where the child has exited already, which is then found without it.
func (e *exitWatch) open(pid int) error {
	fd, err := unix.Kqueue()
	if err != nil {
		return os.NewSyscallError("kqueue", err)
	}
	unix.CloseOnExec(fd)
	var ev unix.Kevent_t
	unix.SetKevent(&ev, pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	ev.Fflags = unix.NOTE_EXIT
	if _, err := unix.Kevent(fd, []unix.Kevent_t{ev}, nil, nil); err != nil {
		unix.Close(fd)
		if err == unix.ESRCH {
			return nil
		}
		return os.NewSyscallError("kevent", err)
	}
	e.fd = fd
	return nil
}

func (e *exitWatch) FileDescriptor() int { return e.fd }

func (e *exitWatch) DoRead() error {
	e.t.hasExited()
	return nil
}

func (e *exitWatch) ConnectionLost(error) { e.watched = false }

func (e *exitWatch) close() {
	if e.fd >= 0 {
		unix.Close(e.fd)
		e.fd = -1
	}
}

// watch has the transport told of the exit.
func (ch *child) watch(t *Transport) {
	e := &ch.exit
	e.t = t
	if e.fd >= 0 && t.r.AddReader(e) == nil {
		e.watched = true
		return
	}
	t.r.CallFromThread(t.hasExited)
}

func (ch *child) unwatch(t *Transport) {
	if ch.exit.watched {
		ch.exit.watched = false
		t.r.RemoveReader(&ch.exit)
	}
}
