// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/uring"
)

// maxIOV bounds the slices of one send; the rest is offered again.
const maxIOV = 64

// A vector is the memory of a send of several slices, which the system reads.
type vector struct {
	hdr unix.Msghdr
	iov [maxIOV]unix.Iovec
}

// maxVectors bounds those that are kept to be used again.
const maxVectors = 256

// Send notes what is to be sent with the rest of the pass.
func (s *ringStream) Send(v [][]byte) (int, error) {
	if s.fd < 0 {
		return 0, net.ErrClosed
	}
	for _, p := range v {
		if len(p) > 0 {
			s.lent, s.queued = v, true
			s.note()
			return 0, nil
		}
	}
	return 0, nil
}

// submit makes the entry of a send. The memory that it names is kept alive by lent and vec.
func (s *ringStream) submit() {
	s.queued, s.flying = false, true
	e := s.u.ring.Next()
	e.FD, e.OpFlags, e.UserData = s.fd, unix.MSG_NOSIGNAL, userData(opSend, int(s.fd), s.gen)
	if len(s.lent) == 1 {
		p := s.lent[0]
		e.Op, e.Addr, e.Len = uring.OpSend, uint64(uintptr(unsafe.Pointer(unsafe.SliceData(p)))), uint32(min(len(p), 1<<30))
		return
	}
	if s.vec == nil {
		s.vec = s.u.vector()
	}
	n := 0
	for _, p := range s.lent {
		if len(p) > 0 && n < maxIOV {
			s.vec.iov[n].Base = unsafe.SliceData(p)
			s.vec.iov[n].SetLen(len(p))
			n++
		}
	}
	s.vec.hdr.Iov = &s.vec.iov[0]
	s.vec.hdr.SetIovlen(n)
	e.Op, e.Addr, e.Len = uring.OpSendMsg, uint64(uintptr(unsafe.Pointer(&s.vec.hdr))), 1
}

func (u *rings) vector() *vector {
	if n := len(u.vectors); n > 0 {
		v := u.vectors[n-1]
		u.vectors = u.vectors[:n-1]
		return v
	}
	return new(vector)
}

// returned takes back what was lent to a send that is over.
func (s *ringStream) returned() {
	s.queued, s.flying, s.lent = false, false, nil
	if v := s.vec; v != nil {
		s.vec = nil
		clear(v.iov[:v.hdr.Iovlen])
		if len(s.u.vectors) < maxVectors {
			s.u.vectors = append(s.u.vectors, v)
		}
	}
}

// sent handles the completion of a send.
func (s *ringStream) sent(c *uring.CQE) {
	if !s.flying {
		return
	}
	n, err := int(c.Res), error(nil)
	if n < 0 {
		errno := syscall.Errno(-n)
		if wouldBlock(errno) || errno == syscall.ECANCELED { // by nobody's wish, so once more
			s.flying, s.queued = false, true
			s.note()
			return
		}
		n, err = 0, sysError("send", errno)
	}
	s.returned()
	s.u.upcalls++
	s.h.Sent(n, err)
}

// unsend takes back what is lent. What was only noted so far still leaves, as far as the socket takes it, unless the stream is aborted.
func (s *ringStream) unsend(abort bool) {
	switch {
	case s.flying:
		s.u.cancelNow(userData(opSend, int(s.fd), s.gen))
	case s.queued && !abort:
		_, _ = s.SendNow(s.lent)
	}
	s.returned()
}

// SendFD is for UNIX sockets.
func (s *ringStream) SendFD([]byte, []int) (int, error) {
	if s.fd < 0 {
		return 0, net.ErrClosed
	}
	return 0, ErrUnsupported
}
