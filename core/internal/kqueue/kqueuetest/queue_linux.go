// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package kqueuetest

import (
	"math"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/kqueue"
)

// A queue is an imitated kqueue.
type queue struct {
	wake int // an eventfd, which ends the waits of others when there are changes

	mu     sync.Mutex
	notes  []*note // guarded by mu; in the order of adding
	closed bool    // guarded by mu
}

// Open opens an imitation.
func Open() (kqueue.Queue, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &queue{wake: fd}, nil
}

func (q *queue) Kevent(changes, events []kqueue.Event, timeout time.Duration) (int, error) {
	n, err := q.change(changes, events)
	if n > 0 || err != nil || len(events) == 0 {
		return n, err
	}
	deadline := time.Now().Add(timeout)
	for {
		q.mu.Lock()
		if q.closed {
			q.mu.Unlock()
			return 0, os.NewSyscallError("kevent", syscall.EBADF)
		}
		n = q.scan(events)
		fds := q.pollSet()
		q.mu.Unlock()
		left := timeout
		if timeout > 0 {
			left = time.Until(deadline)
		}
		if n > 0 || timeout >= 0 && left <= 0 {
			return n, nil
		}
		if err := wait(fds, left); err != nil {
			return 0, os.NewSyscallError("kevent", err)
		}
	}
}

// change applies the changes and returns the errors as events.
func (q *queue) change(changes, events []kqueue.Event) (n int, err error) {
	if len(changes) == 0 {
		return 0, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range changes {
		errno := q.apply(&changes[i])
		if errno == 0 && changes[i].Flags&kqueue.Receipt == 0 {
			continue
		}
		if n == len(events) {
			if errno == 0 {
				continue
			}
			return n, os.NewSyscallError("kevent", errno)
		}
		events[n] = changes[i]
		events[n].Flags, events[n].Data = kqueue.Error, int64(errno)
		n++
	}
	_, _ = unix.Write(q.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	return n, nil
}

// Await waits like Kevent.
func (q *queue) Await(timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for {
		q.mu.Lock()
		ready := q.closed
		for _, x := range q.notes {
			_, _, active := x.look()
			ready = ready || active
		}
		fds := q.pollSet()
		q.mu.Unlock()
		left := timeout
		if timeout > 0 {
			left = time.Until(deadline)
		}
		if ready || timeout >= 0 && left <= 0 {
			return nil
		}
		if err := wait(fds, left); err != nil && err != unix.EINTR {
			return os.NewSyscallError("poll", err)
		}
	}
}

func (q *queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return os.ErrClosed
	}
	q.closed, q.notes = true, nil
	return os.NewSyscallError("close", unix.Close(q.wake))
}

// scan puts what is active into events.
func (q *queue) scan(events []kqueue.Event) (n int) {
	kept := q.notes[:0]
	for _, x := range q.notes {
		gone, now, active := x.look()
		if gone {
			continue
		}
		if !active || n == len(events) {
			if !now.active {
				x.last = state{}
			}
			kept = append(kept, x)
			continue
		}
		events[n] = x.event(now)
		n++
		x.last, x.triggered = now, x.triggered && x.flags&kqueue.Clear == 0
		if x.flags&kqueue.OneShot == 0 {
			kept = append(kept, x)
		}
	}
	clear(q.notes[len(kept):])
	q.notes = kept
	return n
}

// pollSet returns what to wait for. A filter that is edge-triggered and has fired is asked about now and then: poll knows no edges.
func (q *queue) pollSet() []unix.PollFd {
	fds := []unix.PollFd{{Fd: int32(q.wake), Events: unix.POLLIN}}
	for _, x := range q.notes {
		if !x.disabled && x.filter != kqueue.User {
			fds = append(fds, unix.PollFd{Fd: int32(x.fd), Events: x.interest()})
		}
	}
	return fds
}

// tick is how often what poll reports without end is looked at again.
const tick = 2 * time.Millisecond

// wait waits for poll, or for a tick when poll reports what does not count.
func wait(fds []unix.PollFd, timeout time.Duration) error {
	if n, err := unix.Poll(fds, 0); err != nil || n > 0 && fds[0].Revents == 0 {
		if err == nil { // active at once, and yet nothing was found: low marks, and edges that were told
			unix.Poll(fds[:1], milliseconds(min(uint64(timeout), uint64(tick))))
		}
		return err
	}
	_, err := unix.Poll(fds, milliseconds(uint64(timeout)))
	if fds[0].Revents != 0 {
		var drain [8]byte
		_, _ = unix.Read(int(fds[0].Fd), drain[:])
	}
	return err
}

// milliseconds rounds up; a negative time, which is huge here, is without end.
func milliseconds(d uint64) int {
	if int64(d) < 0 {
		return -1
	}
	return int(min((d+uint64(time.Millisecond)-1)/uint64(time.Millisecond), math.MaxInt32))
}
