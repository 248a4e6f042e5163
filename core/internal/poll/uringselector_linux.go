// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"os"
	"syscall"

	"github.com/torsion-go/torsion/core/internal/uring"
)

// A polled is a descriptor that the ring polls for the readiness poller.
type polled struct {
	gen    uint32
	want   uint32 // events
	flying uint32 // the events of the poll that is under way, with evErr; 0 for none
	used   bool
	noted  bool // in stale
}

func (u *rings) add(fd int, gen, events uint32) error {
	if fd > maxDescriptor {
		return os.NewSyscallError("watch", syscall.EMFILE)
	}
	if fd >= len(u.polls) {
		u.polls = append(u.polls, make([]polled, fd+1-len(u.polls))...)
	}
	u.land(fd) // of somebody's who closed the descriptor and did not say so
	p := &u.polls[fd]
	*p = polled{gen: gen, want: events, used: true, noted: p.noted}
	u.look(fd)
	return nil
}

func (u *rings) mod(fd int, gen, events uint32) error {
	p := &u.polls[fd]
	if p.want = events; p.flying != 0 && events&^p.flying != 0 {
		u.land(fd)
	}
	u.look(fd)
	return nil
}

func (u *rings) del(fd int) {
	u.land(fd)
	u.polls[fd] = polled{noted: u.polls[fd].noted}
}

// land ends the poll that is under way. It holds the open file, so this is not put off: a listener's port is to be free when it is closed.
func (u *rings) land(fd int) {
	if p := &u.polls[fd]; p.flying != 0 {
		u.cancelNow(userData(opPoll, fd, p.gen))
		u.polls[fd].flying = 0
	}
}

// look notes that fd's poll is not what is wanted.
func (u *rings) look(fd int) {
	if p := &u.polls[fd]; !p.noted {
		p.noted = true
		u.stale = append(u.stale, int32(fd))
		u.nudge()
	}
}

func (u *rings) settlePoll(fd int) {
	p := &u.polls[fd]
	p.noted = false
	if !p.used || p.flying != 0 {
		return
	}
	p.flying = p.want | evErr
	e := u.ring.Next()
	e.Op, e.FD, e.OpFlags, e.UserData = uring.OpPollAdd, int32(fd), uring.PollEvents(p.want), userData(opPoll, fd, p.gen)
}

// polled tells the waiter of fd that it is ready, and polls again.
func (u *rings) polled(fd int, gen uint32, c *uring.CQE) {
	p := &u.polls[fd]
	if !p.used || p.gen != gen {
		return
	}
	p.flying = 0
	u.look(fd)
	events := uint32(c.Res) & (p.want | evErr | evHup)
	if c.Res < 0 {
		if syscall.Errno(-c.Res) == syscall.ECANCELED {
			return
		}
		events = evErr
	}
	if events != 0 && u.slots[fd].gen == gen && u.slots[fd].w != nil {
		u.slots[fd].w.ready(events)
	}
}

// event returns what a completion of the selector's tells.
func (u *rings) event(i int) (fd int, gen, events uint32) {
	c := &u.pending[i]
	return int(c.UserData >> 32 & maxDescriptor), uint32(c.UserData), uint32(max(c.Res, 0))
}
