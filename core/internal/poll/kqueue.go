// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"errors"
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/kqueue"
)

// A kqueues is the selector of macOS and the BSDs; on Linux only tests have it, over an imitation.
//
// Filters are level-triggered: a stream is read of a bounded amount in a pass and a listener accepted from likewise, and the rest is told again, without a list
// of who was not finished. The exception is a stream that wants to know of errors only: see [watchErrors].
//
// Changes go to the system with the next wait. So arming and disarming costs no call of its own; but a change that fails is known only then.
type kqueues struct {
	q       kqueue.Queue
	regs    []registration // by descriptor
	changes []kqueue.Event
	events  []kqueue.Event
	turn    uint32 // counts waits
	refused []int  // descriptors of which the system refuses a filter
	// direct: another goroutine may await, so that changes go to the system at once.
	direct  bool
	eager   bool           // direct always
	trigger []kqueue.Event // ends a wait; nil where the bell does
	bell    *bell          // mostly nil
}

// A registration is what is known of one descriptor.
type registration struct {
	gen    uint32
	since  uint32 // the turn in which it was added: what the wait of that turn found was another one's
	used   bool
	read   uint8 // notWatched, watched or watchErrors
	write  uint8 // notWatched or watched
	failed uint8 // evIn and evOut of the filters that were refused
}

// The ways in which a filter can be registered.
const (
	notWatched = iota
	watched
	// watchErrors: the filter for reading with a low mark that no amount of data reaches, so that the end of stream is all that it tells, and edge-triggered, so that
	// the end of stream, of which nobody wants to know, is told once and a reset behind it once more.
	watchErrors
)

// A KqueueConfig tells what to do without.
type KqueueConfig struct {
	Name  string
	Pipe  bool // a pipe serves for Wake, instead of an event that the program triggers
	Eager bool // each change is made at once: a queue that is not the system's does not learn that a descriptor is closed
}

// NewKqueue returns a poller over an open kqueue, which it closes.
func NewKqueue(q kqueue.Queue, cfg KqueueConfig) (Poller, error) {
	k := &kqueues{q: q, direct: cfg.Eager, eager: cfg.Eager, events: make([]kqueue.Event, minKevents)}
	if err := k.wakeBy(cfg.Pipe); err != nil {
		k.close()
		return nil, err
	}
	p := newReadiness(cfg.Name, k)
	p.blind = true
	return p, nil
}

// wakeBy registers what ends a wait.
func (k *kqueues) wakeBy(pipe bool) error {
	var e kqueue.Event
	if !pipe {
		kqueue.Set(&e, 0, kqueue.User, kqueue.Add|kqueue.Clear)
		if err := k.apply(e); err != nil {
			return err
		}
		kqueue.Set(&e, 0, kqueue.User, 0)
		e.Fflags = kqueue.Trigger
		k.trigger = []kqueue.Event{e}
		return nil
	}
	b := new(bell)
	if err := b.open(); err != nil {
		return err
	}
	k.bell = b
	kqueue.Set(&e, b.r, kqueue.Read, kqueue.Add)
	return k.apply(e)
}

// apply makes one change at once.
func (k *kqueues) apply(e kqueue.Event) error {
	_, err := k.q.Kevent([]kqueue.Event{e}, nil, 0)
	if errors.Is(err, syscall.EINTR) {
		return nil
	}
	return err
}

func (k *kqueues) add(fd int, gen, events uint32) error {
	if fd >= len(k.regs) {
		k.regs = append(k.regs, make([]registration, fd+1-len(k.regs))...)
	}
	r := &k.regs[fd]
	if events == 0 { // somebody's descriptor, of which the system is told nothing yet
		if err := watchable(fd); err != nil {
			return err
		}
	}
	*r = registration{gen: gen, since: k.turn, used: true}
	k.set(fd, events)
	return nil
}

// watchable returns why a descriptor cannot be watched. EPERM means that it is always ready: kqueue tells of a file only until its end.
func watchable(fd int) error {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return nil // of something that has no file's properties
	}
	if kind := uint32(s.Mode) & unix.S_IFMT; kind == unix.S_IFREG || kind == unix.S_IFDIR {
		return os.NewSyscallError("watch", syscall.EPERM)
	}
	return nil
}

func (k *kqueues) mod(fd int, gen, events uint32) error {
	if fd >= len(k.regs) || !k.regs[fd].used || k.regs[fd].gen != gen {
		return os.NewSyscallError("kevent", syscall.ENOENT)
	}
	k.set(fd, events)
	return nil
}

// del may be called for a descriptor that is closed before the system hears of it. Then the filter is gone already, and deleting it fails, unnoticed.
func (k *kqueues) del(fd int) {
	if fd < len(k.regs) && k.regs[fd].used {
		k.set(fd, 0)
		k.regs[fd].used = false
	}
}

// set changes the filters of a descriptor to what is to be watched. A filter of another kind is another filter: adding again does not change EV_CLEAR everywhere.
func (k *kqueues) set(fd int, events uint32) {
	r := &k.regs[fd]
	read, write := uint8(notWatched), uint8(notWatched)
	switch {
	case events&evIn != 0:
		read = watched
	case events&evErr != 0:
		read = watchErrors
	}
	if events&evOut != 0 {
		write = watched
	}
	if was := r.read; was != read {
		r.read, r.failed = read, r.failed&^evIn
		k.change(fd, kqueue.Read, was, read)
	}
	if was := r.write; was != write {
		r.write, r.failed = write, r.failed&^evOut
		k.change(fd, kqueue.Write, was, write)
	}
}

// change notes the change of one filter, or makes it.
func (k *kqueues) change(fd, filter int, from, to uint8) {
	var e kqueue.Event
	if from != notWatched {
		kqueue.Set(&e, fd, filter, kqueue.Delete)
		k.submit(e)
	}
	switch to {
	case watched:
		kqueue.Set(&e, fd, filter, kqueue.Add)
		k.submit(e)
	case watchErrors:
		kqueue.Set(&e, fd, filter, kqueue.Add|kqueue.Clear)
		e.Fflags, e.Data = kqueue.LowMark, math.MaxInt32
		k.submit(e)
	}
}

func (k *kqueues) submit(e kqueue.Event) {
	if !k.direct {
		k.changes = append(k.changes, e)
		return
	}
	if k.try(e); len(k.refused) > 0 {
		k.interrupt()
	}
}

// try makes a change, and notes its failure.
func (k *kqueues) try(e kqueue.Event) {
	var errno syscall.Errno
	if err := k.apply(e); errors.As(err, &errno) {
		k.refuse(&e, errno)
	}
}

// refuse notes that the system will not watch a descriptor, such as a device that cannot be. It counts as ready from here on, and its owner finds out why.
func (k *kqueues) refuse(e *kqueue.Event, errno syscall.Errno) {
	fd := int(e.Ident)
	if errno == syscall.ENOENT || errno == syscall.EBADF || fd >= len(k.regs) || !k.regs[fd].used {
		return // the descriptor has been closed, and its filters with it
	}
	r := &k.regs[fd]
	switch int(e.Filter) {
	case kqueue.Read:
		if r.read == watched {
			r.failed |= evIn
		}
	case kqueue.Write:
		if r.write == watched {
			r.failed |= evOut
		}
	}
	if r.failed != 0 {
		k.refused = append(k.refused, fd)
	}
}

func (k *kqueues) interrupt() {
	if k.bell != nil {
		k.bell.ring()
		return
	}
	_, _ = k.q.Kevent(k.trigger, nil, 0)
}

func (k *kqueues) close() {
	k.q.Close()
	if k.bell != nil {
		k.bell.close()
	}
}

var _ selector = (*kqueues)(nil)
