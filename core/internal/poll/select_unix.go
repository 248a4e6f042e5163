// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A selectSet is the selector of the oldest system call for the purpose: select(2), over sets of bits. It cannot watch descriptors at or above setSize, and a wait
// costs a look at every bit up to the highest descriptor.
//
// select tells neither errors nor hang-ups: a descriptor with one is readable, or writable, or both, and only when that is asked. Those that are ready are therefore
// looked at by poll(2) once more. One of which nothing is asked is in no set, so an error of it stays unnoticed until something is.
type selectSet struct {
	bell
	read, write unix.FdSet
	entries     [setSize]selected
	top         int // descriptors at and above it are in no set
	found       []found
	ready       []unix.PollFd // for details

	ahead struct { // the sets as they were at prepare, for await
		read, write unix.FdSet
		top         int
	}
}

// A selected is a descriptor of a selectSet.
type selected struct {
	gen  uint32
	used bool
}

// setSize is the system's FD_SETSIZE.
const setSize = int(unsafe.Sizeof(unix.FdSet{})) * 8

// A DescriptorError tells of a descriptor that select cannot watch. It unwraps to EMFILE: there are no more descriptors for this poller.
type DescriptorError struct {
	FD int
}

func (e *DescriptorError) Error() string {
	return fmt.Sprintf("poll: select: descriptor %d is none of those below %d that it can watch: choose another poller, such as poll", e.FD, setSize)
}

func (e *DescriptorError) Unwrap() error { return syscall.EMFILE }

func newSelect() (Poller, error) {
	s := &selectSet{}
	if err := s.open(); err != nil {
		return nil, err
	}
	if s.r >= setSize {
		s.close()
		return nil, &DescriptorError{s.r}
	}
	s.read.Set(s.r)
	s.top = s.r + 1
	p := newReadiness("select", s)
	p.blind, p.fds = true, setSize
	return p, nil
}

// add trusts the poller that fd is below setSize.
func (s *selectSet) add(fd int, gen, events uint32) error {
	s.changed()
	s.entries[fd] = selected{gen, true}
	s.set(fd, events)
	return nil
}

func (s *selectSet) mod(fd int, gen, events uint32) error {
	if e := s.entries[fd]; !e.used || e.gen != gen {
		return os.NewSyscallError("select", unix.EBADF)
	}
	s.changed()
	s.set(fd, events)
	return nil
}

func (s *selectSet) del(fd int) {
	s.changed()
	s.set(fd, 0)
	s.entries[fd] = selected{}
}

func (s *selectSet) set(fd int, events uint32) {
	s.read.Clear(fd)
	s.write.Clear(fd)
	if events&evIn != 0 {
		s.read.Set(fd)
	}
	if events&evOut != 0 {
		s.write.Set(fd)
	}
	s.top = max(s.top, fd+1)
	for !s.read.IsSet(s.top-1) && !s.write.IsSet(s.top-1) { // ends at the bell
		s.top--
	}
}

func (s *selectSet) wait(timeout time.Duration) (int, error) {
	s.awaited = false
	s.found = s.found[:0]
	read, write := s.read, s.write
	n, err := selectFor(s.top, &read, &write, timeout)
	switch {
	case err == unix.EINTR:
		return 0, nil
	case err == unix.EBADF:
		s.dismiss()
		return len(s.found), nil
	case err != nil:
		return 0, os.NewSyscallError("select", err)
	}
	if n > 0 {
		s.gather(&read, &write)
	}
	return len(s.found), nil
}

// gather turns the bits into events.
func (s *selectSet) gather(read, write *unix.FdSet) {
	const width = setSize / len(read.Bits)
	for i := 0; i*width < s.top; i++ {
		if read.Bits[i]|write.Bits[i] == 0 {
			continue
		}
		for fd := i * width; fd < (i+1)*width; fd++ {
			events := uint32(0)
			if read.IsSet(fd) {
				events |= evIn
			}
			if write.IsSet(fd) {
				events |= evOut
			}
			switch {
			case fd == s.r && events != 0:
				s.drain()
			case events != 0:
				s.found = append(s.found, found{fd, s.entries[fd].gen, events})
			}
		}
	}
	s.details()
}

// details adds what poll tells of those that are ready.
func (s *selectSet) details() {
	if len(s.found) == 0 {
		return
	}
	s.ready = s.ready[:0]
	for _, f := range s.found {
		s.ready = append(s.ready, unix.PollFd{Fd: int32(f.fd)})
	}
	if n, _ := pollNow(s.ready); n > 0 {
		for i := range s.found {
			s.found[i].events |= uint32(s.ready[i].Revents) & (evErr | evHup)
		}
	}
}

// dismiss takes what somebody closed without a word out of the sets, and tells the waiters of an error.
func (s *selectSet) dismiss() {
	for fd, e := range s.entries[:s.top] {
		if !e.used {
			continue
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == unix.EBADF {
			s.found = append(s.found, found{fd, e.gen, evErr | evHup})
			s.del(fd)
		}
	}
}

func (s *selectSet) event(i int) (fd int, gen, events uint32) {
	f := &s.found[i]
	return f.fd, f.gen, f.events
}

func (s *selectSet) interrupt() { s.ring() }

func (s *selectSet) prepare() bool {
	s.ahead.read, s.ahead.write, s.ahead.top = s.read, s.write, s.top
	s.awaited = true
	return false
}

func (s *selectSet) await(timeout time.Duration) error {
	s.waiting.Lock()
	defer s.waiting.Unlock()
	_, err := selectFor(s.ahead.top, &s.ahead.read, &s.ahead.write, timeout)
	if err == unix.EINTR || err == unix.EBADF { // which wait finds the reason of
		return nil
	}
	return os.NewSyscallError("select", err)
}

// maxSelect bounds a wait: some systems refuse one of years.
const maxSelect = 24 * time.Hour

// selectFor waits for at most timeout, without end when that is negative. Microseconds are rounded up, so that no wait ends too early.
func selectFor(top int, read, write *unix.FdSet, timeout time.Duration) (int, error) {
	if timeout < 0 {
		return unix.Select(top, read, write, nil, nil)
	}
	tv := unix.NsecToTimeval(int64(min(timeout, maxSelect)+time.Microsecond-1) / 1000 * 1000)
	return unix.Select(top, read, write, nil, &tv)
}
