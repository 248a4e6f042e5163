// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"errors"
	"net"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// A watch is a descriptor of somebody else under a readiness poller. One descriptor can have one watch.
type watch struct {
	p           *readiness
	h           WatchHandler
	fd          int
	gen         uint32
	watched     bool // in the selector
	always      bool // cannot be polled: counts as ready
	read, write bool
	closed      bool
}

func (p *readiness) Watch(fd int, h WatchHandler) (Watch, error) {
	if p.blind {
		if err := p.vet(fd); err != nil {
			return nil, err
		}
	}
	w := &watch{p: p, h: h, fd: fd}
	gen, err := p.register(fd, w, 0)
	switch {
	case err == nil:
		w.gen, w.watched = gen, true
	case errors.Is(err, syscall.EPERM):
		w.always = true
	default:
		return nil, err
	}
	return w, nil
}

// vet refuses what the selector would not notice.
func (p *readiness) vet(fd int) error {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	if fd < len(p.slots) && p.slots[fd].w != nil {
		return os.NewSyscallError("watch", unix.EEXIST)
	}
	return nil
}

func (w *watch) ready(ev uint32) {
	if !w.read && !w.write {
		// An error or a hang-up, which nobody wants to know: it comes back with the next Set.
		if w.watched {
			w.p.sel.del(w.fd)
			w.watched = false
		}
		return
	}
	if w.read && ev&(evIn|evErr|evHup) != 0 {
		w.p.upcalls++
		w.h.Readable()
	}
	if w.write && ev&(evOut|evErr|evHup) != 0 {
		w.p.upcalls++
		w.h.Writable()
	}
}

func (w *watch) Set(read, write bool) error {
	if w.closed {
		return net.ErrClosed
	}
	events := uint32(0)
	if read {
		events |= evIn
	}
	if write {
		events |= evOut
	}
	var err error
	switch {
	case w.always:
		w.p.always = slices.DeleteFunc(w.p.always, func(x *watch) bool { return x == w })
		if events != 0 {
			w.p.always = append(w.p.always, w)
			w.p.nudge()
		}
	case w.watched:
		err = w.p.sel.mod(w.fd, w.gen, events)
	case events != 0:
		if err = w.p.sel.add(w.fd, w.gen, events); err == nil {
			w.watched = true
		}
	}
	if err == nil {
		w.read, w.write = read, write
	}
	return err
}

func (w *watch) Close() {
	if w.closed {
		return
	}
	if w.always {
		_ = w.Set(false, false)
	} else {
		w.p.drop(w.fd, w.gen, w.watched)
	}
	w.closed, w.read, w.write = true, false, false
}

// release leaves the descriptor open: it is not ours.
func (w *watch) release() { w.closed, w.read, w.write = true, false, false }

var _ Watch = (*watch)(nil)
