// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"errors"
	"slices"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/kqueue"
)

// The sizes of the buffer for events, which has room for as many errors as there are changes.
const (
	minKevents = 128
	maxKevents = 4096
)

func (k *kqueues) wait(timeout time.Duration) (int, error) {
	k.direct = k.eager
	k.turn++
	k.forget()
	n := 0
	for {
		k.fit(n + len(k.changes) + len(k.refused) + 1)
		if n > 0 || len(k.refused) > 0 {
			timeout = 0
		}
		changed := len(k.changes) > 0
		m, err := k.q.Kevent(k.changes, k.events[n:len(k.events)-len(k.refused)], timeout)
		k.changes = k.changes[:0]
		if errors.Is(err, syscall.EINTR) {
			break
		}
		if err != nil {
			return 0, err
		}
		found := k.events[n : n+m]
		kept := slices.DeleteFunc(found, k.failure)
		n += len(kept)
		if len(kept) == m || !changed {
			break // else the system has not looked for events yet
		}
	}
	k.fit(n + len(k.refused))
	for _, fd := range k.refused {
		e := &k.events[n]
		*e = kqueue.Event{}
		kqueue.Set(e, fd, kqueue.Read, kqueue.Error)
		n++
	}
	if n == len(k.events) && n < maxKevents {
		k.fit(n + 1) // what is in the full buffer is copied
	}
	return n, nil
}

// fit makes room for n events, and gives room back that was needed for a time.
func (k *kqueues) fit(n int) {
	switch {
	case len(k.events) < n:
		k.events = append(k.events, make([]kqueue.Event, max(n, 2*len(k.events))-len(k.events))...)
	case len(k.events) > 2*maxKevents && n <= maxKevents:
		k.events = append(make([]kqueue.Event, 0, maxKevents), k.events[:maxKevents]...)
	}
}

// failure reports whether an event tells that a change failed, which it notes.
func (k *kqueues) failure(e kqueue.Event) bool {
	if uint32(e.Flags)&kqueue.Error == 0 {
		return false
	}
	if e.Data != 0 {
		k.refuse(&e, syscall.Errno(e.Data))
	}
	return true
}

// forget takes those off the list of the refused whom nobody asks for any more.
func (k *kqueues) forget() {
	k.refused = slices.DeleteFunc(k.refused, func(fd int) bool { return !k.regs[fd].used || k.regs[fd].failed == 0 })
	if len(k.refused) > 1 {
		slices.Sort(k.refused)
		k.refused = slices.Compact(k.refused)
	}
}

func (k *kqueues) event(i int) (fd int, gen, events uint32) {
	e := &k.events[i]
	fd = int(e.Ident)
	if int(e.Filter) == kqueue.User {
		return 0, 0, 0
	}
	if k.bell != nil && fd == k.bell.r {
		k.bell.drain()
		return 0, 0, 0
	}
	r := &k.regs[fd]
	if !r.used || r.since == k.turn {
		return fd, 0, 0 // of a descriptor that was closed
	}
	if uint32(e.Flags)&kqueue.Error != 0 {
		return fd, r.gen, uint32(r.failed)
	}
	ended, failed := uint32(e.Flags)&kqueue.EOF != 0, e.Fflags != 0
	switch {
	case int(e.Filter) == kqueue.Write:
		events = evOut
	case r.read == watched:
		if events = evIn; ended {
			events |= evRdHup
		}
	case r.read == notWatched || !ended || !failed:
		return fd, 0, 0 // the end of stream alone can wait
	}
	if ended && failed {
		events |= evErr
	}
	return fd, r.gen, events
}

// prepare has the system know of all changes.
func (k *kqueues) prepare() bool {
	for _, e := range k.changes {
		k.try(e)
	}
	k.changes = k.changes[:0]
	k.direct = true
	k.forget()
	return len(k.refused) > 0
}

func (k *kqueues) await(timeout time.Duration) error { return k.q.Await(timeout) }
