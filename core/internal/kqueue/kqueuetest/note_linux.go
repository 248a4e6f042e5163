// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package kqueuetest

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/kqueue"
)

// A note is a filter on a descriptor, or one that the program triggers.
type note struct {
	fd       int
	filter   int
	flags    uint16
	fflags   uint32
	data     int64
	udata    *byte
	disabled bool

	dev, ino  uint64 // of the open file, by which another one of the same number is told
	kind      uint32 // its type
	datagrams bool   // a datagram socket
	last      state  // when it fired
	triggered bool
}

// A state is what a filter found.
type state struct {
	active bool
	eof    bool
	err    bool
	n      int64
}

// apply makes one change.
func (q *queue) apply(e *kqueue.Event) syscall.Errno {
	var x *note
	at := 0
	for i, o := range q.notes {
		if o.fd == int(e.Ident) && o.filter == int(e.Filter) && o.same() {
			x, at = o, i
		}
	}
	switch {
	case e.Filter != kqueue.Read && e.Filter != kqueue.Write && e.Filter != kqueue.User:
		return syscall.EINVAL
	case e.Flags&kqueue.Add != 0 && x == nil:
		x = &note{fd: int(e.Ident), filter: int(e.Filter), flags: e.Flags}
		if errno := x.attach(); errno != 0 {
			return errno
		}
		q.notes = append(q.notes, x)
	case x == nil:
		if e.Filter != kqueue.User {
			var s unix.Stat_t
			if unix.Fstat(int(e.Ident), &s) != nil {
				return syscall.EBADF
			}
		}
		return syscall.ENOENT
	case e.Flags&kqueue.Delete != 0:
		q.notes = append(q.notes[:at:at], q.notes[at+1:]...)
		return 0
	}
	if e.Filter == kqueue.User {
		x.triggered = x.triggered || e.Fflags&kqueue.Trigger != 0
	} else if e.Flags&kqueue.Add != 0 {
		x.fflags, x.data, x.udata = e.Fflags, e.Data, e.Udata
	}
	if e.Flags&kqueue.Disable != 0 {
		x.disabled = true
	} else if e.Flags&kqueue.Enable != 0 {
		x.disabled = false
	}
	return 0
}

// attach finds out what the descriptor is.
func (x *note) attach() syscall.Errno {
	if x.filter == kqueue.User {
		return 0
	}
	var s unix.Stat_t
	if err := unix.Fstat(x.fd, &s); err != nil {
		return syscall.EBADF
	}
	x.dev, x.ino, x.kind = s.Dev, s.Ino, s.Mode&unix.S_IFMT
	if kind, err := unix.GetsockoptInt(x.fd, unix.SOL_SOCKET, unix.SO_TYPE); err == nil {
		x.datagrams = kind == unix.SOCK_DGRAM
	}
	if x.kind == unix.S_IFIFO && x.filter == kqueue.Write && x.revents()&unix.POLLERR != 0 {
		return syscall.EPIPE // nobody can read
	}
	return 0
}

// same reports whether the descriptor is still the one that the filter was put on.
func (x *note) same() bool {
	if x.filter == kqueue.User {
		return true
	}
	var s unix.Stat_t
	return unix.Fstat(x.fd, &s) == nil && s.Dev == x.dev && s.Ino == x.ino
}

func (x *note) interest() int16 {
	if x.filter == kqueue.Write {
		return unix.POLLOUT
	}
	return unix.POLLIN | unix.POLLRDHUP
}

func (x *note) revents() int16 {
	fds := []unix.PollFd{{Fd: int32(x.fd), Events: x.interest()}}
	for {
		if _, err := unix.Poll(fds, 0); err != unix.EINTR {
			return fds[0].Revents
		}
	}
}

// look tells the state of a filter; active tells whether it fires.
func (x *note) look() (gone bool, now state, active bool) {
	if !x.same() {
		return true, now, false
	}
	if x.disabled {
		return false, now, false
	}
	switch {
	case x.filter == kqueue.User:
		return false, state{}, x.triggered
	case x.kind == unix.S_IFREG:
		now = x.file()
	case x.filter == kqueue.Write:
		got := x.revents()
		now = state{active: got != 0, eof: got&(unix.POLLHUP|unix.POLLERR) != 0, err: got&unix.POLLERR != 0}
	default:
		now = x.readable(x.revents())
	}
	return false, now, now.active && (x.flags&kqueue.Clear == 0 || now != x.last)
}

// readable is the state of a filter for reading.
func (x *note) readable(got int16) state {
	now := state{active: got != 0, eof: got&(unix.POLLHUP|unix.POLLRDHUP) != 0}
	if x.kind == unix.S_IFSOCK && !x.datagrams {
		now.eof = now.eof || got&unix.POLLERR != 0
	}
	now.err = now.eof && got&unix.POLLERR != 0
	if n, err := unix.IoctlGetInt(x.fd, unix.TIOCINQ); err == nil {
		now.n = int64(n)
	} else if got&unix.POLLIN != 0 {
		now.n = 1 // connections
	}
	if x.fflags&kqueue.LowMark != 0 && now.n < x.data && !now.eof && got&unix.POLLERR == 0 {
		now.active = false
	}
	return now
}

// file is the state of a filter on a file: readable until its end.
func (x *note) file() state {
	if x.filter == kqueue.Write {
		return state{active: true}
	}
	at, err := unix.Seek(x.fd, 0, 1)
	var s unix.Stat_t
	if err != nil || unix.Fstat(x.fd, &s) != nil {
		return state{}
	}
	return state{active: at != s.Size, n: s.Size - at}
}

func (x *note) event(now state) kqueue.Event {
	e := kqueue.Event{Data: now.n, Udata: x.udata}
	kqueue.Set(&e, x.fd, x.filter, int(x.flags&(kqueue.Clear|kqueue.OneShot)))
	if now.eof {
		e.Flags |= kqueue.EOF
	}
	if now.err {
		e.Fflags = uint32(syscall.ECONNRESET)
	}
	return e
}
