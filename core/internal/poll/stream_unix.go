// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// maxRead bounds, in bytes, what one stream is read of in one pass, so that a fast peer does not starve the others. It is passed by one buffer at most.
const maxRead = maxBuffer

// A stream is a stream socket under a readiness poller.
//
// What is watched follows what is wanted lazily: Receive(false) only sets a flag, and the selector is told when an event proves that it matters. A stream
// that was paused and resumed before the peer sent anything costs no system call.
//
// Errors and hang-ups are reported by the selector whatever is watched, and as long as they last. A stream that is not receiving takes the pending error
// and reports it with ReceiveEnded at once: a reset is noticed though receiving is off, and what had arrived before it is dropped with it. A hang-up without
// an error, which both ends have closed in order, takes the descriptor out of the selector until receiving is on: the bytes wait.
type stream struct {
	p    *readiness
	h    StreamHandler
	held *held // mostly nil
	fd   int32 // -1 when closed
	gen  uint32

	tcp       bool
	unix      bool
	watched   bool  // in the selector
	armed     uint8 // what the selector watches
	receiving bool
	ended     bool // ReceiveEnded was reported
	failed    bool // with an error
	waiting   bool // Sent is owed
}

// held is what was received, and is not wanted since a descriptor that came with it was delivered.
type held struct {
	fds []int
	p   []byte
}

func (p *readiness) Attach(s Socket, h StreamHandler) (Stream, error) {
	if s.Conn != nil {
		s.Conn.Close()
		return nil, errors.New("poll: not a socket of this kind of poller")
	}
	local := s.Local
	if !local.IsValid() {
		var err error
		if local, err = p.localName(s.FD, true); err != nil {
			sys.Close(s.FD)
			return nil, err
		}
	}
	network := local.Network()
	st := &stream{p: p, h: h, fd: int32(s.FD), tcp: network == "tcp", unix: network == "unix"}
	gen, err := p.register(s.FD, st, evIn|evErr) // receiving is usually turned on next
	if err != nil {
		sys.Close(s.FD)
		return nil, err
	}
	st.gen, st.watched, st.armed = gen, true, evIn
	return st, nil
}

func (s *stream) ready(ev uint32) {
	unwanted := uint8(0)
	if ev&(evIn|evErr|evHup) != 0 {
		switch {
		case s.receiving && !s.ended:
			s.receive()
		case ev&(evErr|evHup) != 0:
			s.hangUp()
		default:
			unwanted = evIn
		}
		if s.fd < 0 {
			return
		}
	}
	if ev&(evOut|evErr|evHup) != 0 && s.waiting {
		s.waiting = false
		s.p.upcalls++
		if s.h.Sent(0, nil); s.fd < 0 {
			return
		}
	}
	if !s.waiting {
		unwanted |= evOut
	}
	if s.ended {
		unwanted |= evIn
	} else if s.receiving {
		unwanted &^= evIn
	}
	if s.armed&unwanted != 0 {
		_ = s.arm(s.armed &^ unwanted) // narrowing what is watched cannot fail
	}
}

// arm tells the selector what to watch.
func (s *stream) arm(events uint8) error {
	if !s.watched {
		if events == 0 {
			return nil
		}
		if err := s.p.sel.add(int(s.fd), s.gen, uint32(events)|evErr); err != nil {
			return err
		}
		s.watched, s.armed = true, events
		return nil
	}
	if err := s.p.sel.mod(int(s.fd), s.gen, uint32(events)|evErr); err != nil {
		return err
	}
	s.armed = events
	return nil
}

func (s *stream) disarm() {
	if s.watched {
		s.p.sel.del(int(s.fd))
		s.watched, s.armed = false, 0
	}
}

func (s *stream) receive() {
	if h := s.held; h != nil {
		if s.held = nil; !s.passed(h.fds, h.p) {
			return
		}
		s.p.upcalls++
		if s.h.Received(h.p); s.fd < 0 || !s.receiving {
			return
		}
	}
	for total := 0; total < maxRead; {
		buf := s.p.buf
		n, err := s.recv(buf)
		if s.fd < 0 {
			return
		}
		if err != nil {
			if err != errAgain {
				s.end(err)
			}
			return
		}
		total += n
		full := s.p.read(n)
		s.p.upcalls++
		if s.h.Received(buf[:n:n]); s.fd < 0 || !s.receiving || !full {
			return
		}
	}
}

// errAgain is recv's word for "nothing there".
var errAgain error = syscall.EAGAIN

// recv receives, after delivering the descriptors that came along; s may be closed when it returns.
func (s *stream) recv(buf []byte) (int, error) {
	var n int
	var fds []int
	var errno syscall.Errno
	if s.unix {
		n, fds, errno = s.p.msg.RecvFDs(int(s.fd), buf)
	} else {
		n, errno = sys.Recv(int(s.fd), buf)
	}
	switch {
	case wouldBlock(errno):
		return 0, errAgain
	case errno != 0:
		return 0, sysError("recv", errno)
	}
	if len(fds) > 0 && !s.passed(fds, buf[:n]) {
		return 0, errAgain
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// passed hands over the descriptors that came with p and reports whether p is wanted next. If not, p and the rest of them are held, or the stream is closed.
func (s *stream) passed(fds []int, p []byte) bool {
	for i, fd := range fds {
		if !s.receiving {
			s.held = &held{slices.Clone(fds[i:]), bytes.Clone(p)}
			return false
		}
		s.p.upcalls++
		if s.h.ReceivedFD(fd); s.fd < 0 {
			closeFDs(fds[i+1:])
			return false
		}
	}
	if !s.receiving {
		s.held = &held{p: bytes.Clone(p)}
	}
	return s.receiving
}

func closeFDs(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// drop closes the descriptors that were held.
func (h *held) drop() {
	if h != nil {
		closeFDs(h.fds)
	}
}

// end reports that nothing more will be received.
func (s *stream) end(err error) {
	s.ended = true
	if err != io.EOF {
		s.failed = true
		s.disarm() // the hang-up lasts
	}
	s.p.upcalls++
	s.h.ReceiveEnded(err)
}

// hangUp handles an error or a hang-up that no receiving will find.
func (s *stream) hangUp() {
	errno := sys.PendingError(int(s.fd))
	s.disarm()
	if errno != 0 && !s.failed {
		s.end(sysError("recv", errno))
	}
}

func (s *stream) Receive(on bool) {
	s.receiving = on
	if !on || s.ended || s.fd < 0 {
		return
	}
	if s.held != nil {
		s.p.later(func() {
			if s.fd >= 0 && s.receiving && s.held != nil {
				s.ready(evIn)
			}
		})
	}
	if s.armed&evIn != 0 {
		return
	}
	if err := s.arm(s.armed | evIn); err != nil {
		s.p.later(func() {
			if s.fd >= 0 && !s.ended {
				s.end(err)
			}
		})
	}
}

func (s *stream) Send(v [][]byte) (int, error) {
	size := 0
	for _, p := range v {
		size += len(p)
	}
	n, err := s.SendNow(v)
	if n == size || err != nil {
		return n, err
	}
	return n, s.wait()
}

// SendNow sends without waiting. See DirectSender.
func (s *stream) SendNow(v [][]byte) (n int, err error) {
	if s.fd < 0 {
		return 0, net.ErrClosed
	}
	var errno syscall.Errno
	if len(v) == 1 && len(v[0]) > 0 {
		n, errno = sys.Send(int(s.fd), v[0])
	} else {
		n, errno = s.p.msg.SendVector(int(s.fd), v)
	}
	if errno == 0 || wouldBlock(errno) {
		return n, nil
	}
	return n, sysError("send", errno)
}

// wait makes Sent follow when the socket can take more.
func (s *stream) wait() error {
	if s.armed&evOut == 0 {
		if err := s.arm(s.armed | evOut); err != nil {
			return err
		}
	}
	s.waiting = true
	return nil
}

func (s *stream) SendFD(p []byte, fds []int) (int, error) {
	if s.fd < 0 {
		return 0, net.ErrClosed
	}
	if !s.unix {
		return 0, ErrUnsupported
	}
	n, errno := s.p.msg.SendFDs(int(s.fd), p, fds)
	if wouldBlock(errno) {
		return 0, s.wait()
	}
	return n, sysError("sendmsg", errno)
}

func (s *stream) CloseWrite() error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	return sysError("shutdown", sys.CloseWrite(int(s.fd)))
}

func (s *stream) Close(abort bool) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	s.p.drop(int(s.fd), s.gen, s.watched)
	if abort && s.tcp {
		sys.Linger0(int(s.fd))
	}
	fd := s.fd
	s.fd = -1
	s.held.drop()
	return sysError("close", sys.Close(int(fd)))
}

func (s *stream) release() {
	s.held.drop()
	sys.Close(int(s.fd))
	s.fd = -1
}

func (s *stream) Control(f func(fd uintptr)) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	f(uintptr(s.fd))
	return nil
}

var (
	_ Stream       = (*stream)(nil)
	_ DirectSender = (*stream)(nil)
)
