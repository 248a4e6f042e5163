// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A pollSet is the selector that every POSIX system has: poll(2). The system is given the whole set for every wait, and looks at all of it, so what a wait costs
// grows with the descriptors in the set, ready or not.
//
// The set is dense; the last entry takes the place of one that is removed. Its first entry is the bell. A descriptor that somebody closed without a word (POLLNVAL)
// is told to its waiter as an error, and leaves the set: else nothing would ever wait again.
type pollSet struct {
	bell
	fds   []unix.PollFd
	gens  []uint32 // of fds
	index []int32  // by descriptor: where in fds it is; 0 for nowhere
	found []found
	ahead []unix.PollFd // the set as it was at prepare, for await
}

// A found is an event of a wait. The upcalls of those before it may change the set, so it is on its own.
type found struct {
	fd          int
	gen, events uint32
}

const evInvalid = 0x20 // POLLNVAL

func newPoll() (Poller, error) {
	s := &pollSet{}
	if err := s.open(); err != nil {
		return nil, err
	}
	s.fds = append(s.fds, unix.PollFd{Fd: int32(s.r), Events: evIn})
	s.gens = append(s.gens, 0)
	p := newReadiness("poll", s)
	p.blind = true
	return p, nil
}

func (s *pollSet) add(fd int, gen, events uint32) error {
	s.changed()
	if fd >= len(s.index) {
		s.index = append(s.index, make([]int32, fd+1-len(s.index))...)
	}
	i := s.index[fd]
	if i == 0 {
		i = int32(len(s.fds))
		s.fds, s.gens = append(s.fds, unix.PollFd{Fd: int32(fd)}), append(s.gens, 0)
		s.index[fd] = i
	} // else somebody closed the descriptor that was there, and did not say so
	s.fds[i].Events, s.gens[i] = int16(events), gen
	return nil
}

func (s *pollSet) mod(fd int, gen, events uint32) error {
	i := s.find(fd)
	if i == 0 || s.gens[i] != gen {
		return os.NewSyscallError("poll", unix.EBADF)
	}
	s.changed()
	s.fds[i].Events = int16(events)
	return nil
}

func (s *pollSet) del(fd int) {
	i := s.find(fd)
	if i == 0 {
		return
	}
	s.changed()
	last := len(s.fds) - 1
	s.fds[i], s.gens[i] = s.fds[last], s.gens[last]
	s.index[s.fds[i].Fd] = i
	s.index[fd] = 0
	s.fds, s.gens = s.fds[:last], s.gens[:last]
}

func (s *pollSet) find(fd int) int32 {
	if fd >= len(s.index) {
		return 0
	}
	return s.index[fd]
}

func (s *pollSet) wait(timeout time.Duration) (int, error) {
	s.awaited = false
	s.found = s.found[:0]
	var n int
	var err error
	if timeout == 0 {
		n, err = pollNow(s.fds)
	} else { // the call that blocks: the scheduler has to know
		n, err = unix.Poll(s.fds, milliseconds(timeout))
	}
	switch {
	case err == unix.EINTR:
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("poll", err)
	}
	closed := false
	for i := 0; n > 0 && i < len(s.fds); i++ {
		events := uint32(uint16(s.fds[i].Revents))
		if events == 0 {
			continue
		}
		n--
		if i == 0 {
			s.drain()
			continue
		}
		if events&evInvalid != 0 {
			events, closed = evErr|evHup, true
		}
		s.found = append(s.found, found{int(s.fds[i].Fd), s.gens[i], events})
	}
	if closed {
		s.dismiss()
	}
	return len(s.found), nil
}

// dismiss takes what is not open out of the set.
func (s *pollSet) dismiss() {
	for _, f := range s.found {
		if i := s.index[f.fd]; s.fds[i].Revents&evInvalid != 0 {
			s.del(f.fd)
		}
	}
}

func (s *pollSet) event(i int) (fd int, gen, events uint32) {
	f := &s.found[i]
	return f.fd, f.gen, f.events
}

func (s *pollSet) interrupt() { s.ring() }

func (s *pollSet) prepare() bool {
	s.ahead = append(s.ahead[:0], s.fds...)
	s.awaited = true
	return false
}

func (s *pollSet) await(timeout time.Duration) error {
	s.waiting.Lock()
	defer s.waiting.Unlock()
	_, err := unix.Poll(s.ahead, milliseconds(timeout))
	if err == unix.EINTR {
		return nil
	}
	return os.NewSyscallError("poll", err)
}
