// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/internal/uring"
)

// A ringStream is a TCP stream under the io_uring poller. One receive operation goes on and on, until it is cancelled because of Receive(false), and then only when
// something has arrived: till then the wish costs nothing. What arrives before the cancellation has taken effect, at most as many buffers as the poller has in
// use, is copied and held.
//
// While no receive is under way, a poll for errors and hang-ups is, so that a reset is noticed.
type ringStream struct {
	stream // fd, options and state; it is not in the selector
	u      *rings

	noted      bool // in dirty
	armed      bool // a receive is under way
	cancelling bool // and is being cancelled
	fed        bool // the receive has brought something
	sated      bool // and ended because there was no buffer left: those that got none go first
	hanging    bool // a poll for a hang-up is under way
	full       bool // there is to be a poll for room in the socket
	awaiting   bool // and there is one
	queued     bool // lent is to be sent
	flying     bool // lent is being sent
	answered   bool // the completion of the send is pending on a ring that was left
	lent       [][]byte
	vec        *vector // of what is being sent, mostly nil
	kept       *kept   // mostly nil
}

// A kept is what a stream received and nobody wanted yet.
type kept struct {
	p   []byte
	err error // what came after p: io.EOF or the system's
}

func (u *rings) Attach(s Socket, h StreamHandler) (Stream, error) {
	if s.Conn != nil {
		s.Conn.Close()
		return nil, errors.New("poll: not a socket of this kind of poller")
	}
	if u.gone {
		sys.Close(s.FD)
		return nil, net.ErrClosed
	}
	network := s.Local.Network()
	if network == "" {
		local, err := u.localName(s.FD, true)
		if err != nil {
			sys.Close(s.FD)
			return nil, err
		}
		network = local.Network()
	}
	if network != "tcp" { // descriptors come along
		return u.readiness.Attach(s, h)
	}
	if s.FD > maxDescriptor {
		sys.Close(s.FD)
		return nil, os.NewSyscallError("attach", syscall.EMFILE)
	}
	r := &ringStream{u: u, stream: stream{p: u.readiness, h: h, fd: int32(s.FD), tcp: true}}
	r.gen = u.readiness.next()
	u.occupy(s.FD, r.gen, r)
	r.note()
	return r, nil
}

// note sees to it that settle is called before the next wait.
func (s *ringStream) note() {
	if !s.noted {
		s.noted = true
		s.u.dirty = append(s.u.dirty, s)
		s.u.nudge()
	}
}

// settle starts what is wanted and not under way.
func (s *ringStream) settle() {
	s.noted = false
	if s.fd < 0 {
		return
	}
	if s.queued {
		s.submit()
	}
	if s.full {
		e := s.u.ring.Next()
		e.Op, e.FD, e.OpFlags, e.UserData = uring.OpPollAdd, s.fd, uring.PollEvents(evOut), userData(opRoom, int(s.fd), s.gen)
		s.full, s.awaiting = false, true
	}
	switch {
	case s.armed || s.failed:
	case s.receiving && s.sated:
		s.sated = false
		s.u.sated = append(s.u.sated, s)
	case s.receiving && !s.ended && s.kept == nil:
		e := s.u.ring.Next()
		e.Op, e.Flags, e.Ioprio, e.FD, e.UserData = uring.OpRecv, uring.BufferSelect, uring.RecvMultishot, s.fd, userData(opRecv, int(s.fd), s.gen)
		s.armed, s.fed = true, false
	case !s.hanging: // edge-triggered: the peer's end of stream counts too, and lasts
		e := s.u.ring.Next()
		e.Op, e.FD, e.Len, e.UserData = uring.OpPollAdd, s.fd, uring.PollMultishot, userData(opHangUp, int(s.fd), s.gen)
		s.hanging = true
	}
}

func (s *ringStream) Receive(on bool) {
	if s.receiving = on; s.fd < 0 || s.ended {
		return
	}
	if on && s.kept != nil {
		s.u.later(s.deliver)
	}
	if on && !s.armed {
		s.note()
	}
}

// received handles a completion of the receive.
func (s *ringStream) received(c *uring.CQE) {
	u, b := s.u, s.u.bufs
	if c.Flags&uring.CQEMore == 0 {
		s.armed, s.cancelling = false, false
		s.note()
	}
	if c.Res <= 0 || c.Flags&uring.CQEBuffer == 0 {
		if c.Flags&uring.CQEBuffer != 0 {
			b.Done(c)
		}
		if err := s.meaning(c); err != nil && s.receiving && s.kept == nil && !s.ended {
			s.end(err)
		} else if err != nil {
			s.keep(nil, err)
		}
		return
	}
	s.fed = true
	p := b.Take(c)
	if !s.receiving || s.kept != nil || s.ended {
		s.keep(p, nil)
		if b.Done(c); s.armed && !s.receiving && !s.cancelling {
			s.cancelling = true
			u.cancels = append(u.cancels, userData(opRecv, int(s.fd), s.gen))
		}
		return
	}
	u.upcalls++
	s.h.Received(p)
	if b == u.bufs && !u.gone {
		b.Done(c)
	}
}

// meaning returns what the end of a receive means: nil when it is just to be started again.
func (s *ringStream) meaning(c *uring.CQE) error {
	switch errno := syscall.Errno(-c.Res); {
	case c.Res == 0:
		return io.EOF
	case errno == syscall.ENOBUFS:
		s.u.bufs.Grow()
		s.sated = s.fed
		return nil
	case errno == syscall.ECANCELED, wouldBlock(errno):
		return nil
	default:
		return sysError("recv", errno)
	}
}

// keep keeps what arrived, or the end, until deliver.
func (s *ringStream) keep(p []byte, err error) {
	if s.ended {
		return
	}
	if s.kept == nil {
		s.kept = &kept{}
		s.u.later(s.deliver)
	}
	s.kept.p = append(s.kept.p, p...)
	s.kept.err = err
}

// deliver delivers what was kept, as far as it is wanted.
func (s *ringStream) deliver() {
	k := s.kept
	if k == nil || s.fd < 0 {
		return
	}
	if !s.receiving {
		if k.err != nil && k.err != io.EOF { // a reset is told at once, and what had arrived before it is dropped
			s.kept = nil
			s.end(k.err)
		}
		return
	}
	if p := k.p; len(p) > 0 {
		k.p = nil
		s.u.upcalls++
		if s.h.Received(p); s.fd < 0 || !s.receiving {
			if s.kept = k; k.err == nil && len(k.p) == 0 {
				s.kept = nil
			}
			return
		}
	}
	if len(k.p) > 0 {
		s.u.later(s.deliver)
		return
	}
	s.kept = nil
	s.note()
	if k.err != nil {
		s.end(k.err)
	}
}

// end reports that nothing more will be received.
func (s *ringStream) end(err error) {
	s.ended = true
	s.failed = s.failed || err != io.EOF
	s.note()
	s.u.upcalls++
	s.h.ReceiveEnded(err)
}

// hungUp handles an error or a hang-up while nothing is received.
func (s *ringStream) hungUp(c *uring.CQE) {
	if c.Flags&uring.CQEMore == 0 {
		s.hanging = false
		s.note()
	}
	if s.armed && !s.ended || s.failed { // the receive finds it
		return
	}
	if errno := sys.PendingError(int(s.fd)); errno != 0 {
		s.kept = nil
		s.end(sysError("recv", errno))
	}
}

// startAnew forgets what was under way on a ring that was left.
func (s *ringStream) startAnew() {
	s.armed, s.cancelling, s.hanging = false, false, false
	s.queued = s.queued || s.flying
	s.full = s.full || s.awaiting
	s.awaiting = false
	s.flying = s.answered
	s.answered = false
	s.note()
}

// Close closes. As long as an operation is under way the system keeps the socket open, and the peer is told nothing: the cancellation goes out with whatever else
// the pass brings, or at once when Close is not called from an upcall.
func (s *ringStream) Close(abort bool) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	s.unsend(abort)
	if s.armed {
		s.u.end(userData(opRecv, int(s.fd), s.gen))
	}
	if s.hanging {
		s.u.end(userData(opHangUp, int(s.fd), s.gen))
	}
	if s.awaiting {
		s.u.end(userData(opRoom, int(s.fd), s.gen))
	}
	s.u.vacate(int(s.fd), s.gen)
	if abort {
		sys.Linger0(int(s.fd))
	}
	fd := int(s.fd)
	s.fd, s.kept = -1, nil
	return sysError("close", sys.Close(fd))
}

// end cancels an operation of a stream that is closed.
func (u *rings) end(data uint64) {
	if u.polling {
		u.cancels = append(u.cancels, data)
	} else {
		u.cancelNow(data)
	}
}

func (s *ringStream) release() {
	s.lent, s.kept = nil, nil
	s.stream.release()
}

var (
	_ Stream = (*ringStream)(nil)
	_ waiter = (*ringStream)(nil)
)
