// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/uring"
)

// wait submits what is wanted, waits for completions and gathers them. It returns how many there are.
func (u *rings) wait(timeout time.Duration) (int, error) {
	if !u.enabled {
		if err := u.ring.Enable(); err != nil {
			return 0, err
		}
		u.enabled = true
	}
	err := u.flush()
	if err == nil && len(u.pending) == 0 && timeout != 0 && !u.ring.Ready() {
		err = u.enter(timeout)
	} else if err == nil && (u.ring.Queued() > 0 || u.ring.Work()) {
		err = u.enter(0)
	}
	for err == errMoved { // nothing was submitted: once more, on the ring that this thread has now
		if err = u.flush(); err == nil {
			err = u.enter(0)
		}
	}
	u.gather()
	return len(u.pending), err
}

// flush turns what is wanted into entries.
func (u *rings) flush() error {
	for !u.waking || len(u.cancels)+len(u.stale)+len(u.dirty) > 0 { // once; again when the ring was left in between
		cancels, stale, dirty := u.cancels, u.stale, u.dirty
		u.cancels, u.stale, u.dirty = u.spareCancels[:0], u.spareStale[:0], u.spareDirty[:0]
		u.spareCancels, u.spareStale, u.spareDirty = cancels, stale, dirty
		if err := u.room(); err != nil {
			return err
		}
		if !u.waking {
			u.watchWake()
		}
		for _, data := range cancels {
			if err := u.room(); err != nil {
				return err
			}
			u.cancel(data)
		}
		for _, fd := range stale {
			if err := u.room(); err != nil {
				return err
			}
			u.settlePoll(int(fd))
		}
		for i, s := range dirty {
			if err := u.room(); err != nil {
				return err
			}
			dirty[i] = nil
			s.settle()
		}
		for i, s := range u.sated {
			if err := u.room(); err != nil {
				return err
			}
			u.sated[i] = nil
			s.settle()
		}
		u.sated = u.sated[:0]
	}
	return nil
}

func (u *rings) watchWake() {
	e := u.ring.Next()
	e.Op, e.FD, e.OpFlags, e.Len, e.UserData = uring.OpPollAdd, int32(u.wakeFD), uring.PollEvents(evIn), uring.PollMultishot, userData(opWake, u.wakeFD, 0)
	u.waking = true
}

// minRoom is how many entries one stream can need.
const minRoom = 4

// room makes sure that there are entries to fill in.
func (u *rings) room() error {
	if u.ring.Room() >= minRoom {
		return nil
	}
	if err := u.enter(0); err != errMoved {
		return err
	}
	return nil // there is room now
}

// cancel makes an entry that cancels the operation of that user data.
func (u *rings) cancel(data uint64) {
	e := u.ring.Next()
	e.Op, e.Flags, e.FD, e.Addr, e.UserData = uring.OpAsyncCancel, uring.CQESkipSuccess, -1, data, opIgnored
}

// enter gives the entries to the system and waits for completions.
func (u *rings) enter(timeout time.Duration) error {
	for {
		var errno syscall.Errno
		if timeout == 0 {
			errno = u.ring.Enter()
		} else {
			errno = u.ring.EnterWait(timeout)
		}
		switch errno {
		case 0, unix.EINTR:
		case unix.EAGAIN, unix.EBUSY: // short of memory, or of room for completions
		case unix.EEXIST:
			return u.move()
		default:
			return os.NewSyscallError("io_uring_enter", errno)
		}
		if !u.ring.Overflown() && u.ring.Queued() == 0 {
			return nil
		}
		u.gather() // makes room
		timeout = 0
	}
}

// gather takes the completions from the ring.
func (u *rings) gather() {
	for {
		c, ok := u.ring.Completion()
		if !ok {
			return
		}
		u.pending = append(u.pending, c)
	}
}

// cancelNow cancels the operation of that user data, and makes sure that it is over: its last completion is among those pending, from where it is taken.
func (u *rings) cancelNow(data uint64) {
	if u.takePending(data) {
		return
	}
	for timeout := time.Duration(0); ; timeout = time.Millisecond {
		// Again each time: the system does not find an operation that is just about to be tried once more.
		u.cancel(data)
		if u.enter(timeout) != nil { // moved: it does not exist any more
			return
		}
		u.gather()
		if u.takePending(data) {
			u.nudge() // other completions may have come along
			return
		}
	}
}

// takePending removes the last completion of an operation from those pending.
func (u *rings) takePending(data uint64) bool {
	i := slices.IndexFunc(u.pending[u.next:], func(c uring.CQE) bool { return c.UserData == data && c.Flags&uring.CQEMore == 0 })
	if i < 0 {
		return false
	}
	u.pending[u.next+i].UserData = opIgnored // its buffer is given back in its turn
	return true
}

// move leaves the ring, which belongs to another thread, for a new one of this thread. It takes what was completed, and wants all the rest anew.
func (u *rings) move() error {
	u.gather()
	old, bufs := u.ring, u.bufs
	if err := u.open(); err != nil {
		return err
	}
	err := u.ring.Enable()
	u.enabled = err == nil
	kept := u.pending[:u.next]
	for _, c := range u.pending[u.next:] {
		fd, gen := int(c.UserData>>32&maxDescriptor), uint32(c.UserData)
		s := u.streamOf(fd, gen)
		var p []byte
		if c.Flags&uring.CQEBuffer != 0 && c.Res > 0 {
			p = bufs.Take(&c) // of every one, in order
		}
		switch c.UserData >> 60 {
		case opRecv:
			if s == nil {
				break
			}
			if p != nil {
				s.keep(p, nil)
			} else if err := s.meaning(&c); err != nil {
				s.keep(nil, err)
			}
		case opSend:
			if s != nil {
				s.flying = false // told below: not to be sent again
				s.answered = true
				kept = append(kept, c)
			}
		}
		// Polls are asked again.
	}
	u.pending = kept
	old.Close()
	u.left = append(u.left, bufs)
	u.cancels = u.cancels[:0]
	for fd := range u.slots {
		if s, ok := u.slots[fd].w.(*ringStream); ok {
			s.startAnew()
		}
	}
	for fd := range u.polls {
		if p := &u.polls[fd]; p.used {
			p.flying = 0
			u.look(fd)
		}
	}
	if err != nil {
		return err
	}
	return errMoved
}
