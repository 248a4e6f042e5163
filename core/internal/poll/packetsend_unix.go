// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package poll

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// maxGathered is the size of the largest datagram that is gathered with others: what one packet of an Ethernet holds. A longer one is sent at once, so
// that one that is too long is known at once.
const maxGathered = 1452

// packets is the memory that the datagram sockets of a loop share. What is sent is gathered for one socket at a time, until the upcalls of a socket end, another
// socket sends, the batch is full, or Poll begins or ends.
type packets struct {
	in    *sys.RecvBatch
	out   sys.SendBatch
	owner *packet // of what out holds
}

func (s *packet) SendTo(b []byte, to protocol.Addr) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	if len(b) > maxGathered || s.family == unix.AF_UNIX || !to.IsValid() && !s.connected {
		s.flush()
		return s.sendNow(b, to)
	}
	q := s.p.packets
	if q.owner != s || !q.out.Fits(len(b)) {
		q.flush()
		q.owner = s
	}
	if !to.IsValid() {
		q.out.To().Clear()
	} else if err := s.fill(to, q.out.To()); err != nil {
		return err
	}
	q.out.Add(b)
	s.p.nudge()
	return nil
}

// flush sends what the socket has gathered.
func (s *packet) flush() {
	if q := s.p.packets; q.owner == s {
		q.flush()
	}
}

// flush sends what was gathered. What becomes of it is told later: the caller may be anywhere.
func (q *packets) flush() {
	if q == nil || q.owner == nil {
		return
	}
	s := q.owner
	q.owner = nil
	refused := false
	single := 0 // those before it did not leave as one message
	for i := 0; i < q.out.Len(); {
		n, errno := q.out.Send(s.fd, i, s.segments && i >= single)
		switch {
		case errno == 0:
			if i < single {
				s.segments = false // this socket or its device cannot
			}
		case n > 1 && (errno == syscall.EINVAL || errno == syscall.EIO || errno == syscall.EOPNOTSUPP || errno == syscall.EMSGSIZE):
			single = i + n // or nothing can be sent there
			continue
		case errno == syscall.ECONNREFUSED && s.connected:
			if !refused { // an earlier datagram was
				refused = true
				s.failLater(sysError("sendmmsg", errno))
				continue
			}
		default:
			if err := s.sent(errno, q.out.Size(i)); err != nil {
				s.failLater(err)
			}
		}
		refused = false
		i += n
	}
	q.out.Reset()
}

// failLater reports an error from inside the next Poll.
func (s *packet) failLater(err error) {
	s.p.later(func() {
		if s.fd >= 0 {
			s.p.upcalls++
			s.h.PacketFailed(err)
		}
	})
}

// sendNow sends a datagram that is not gathered.
func (s *packet) sendNow(b []byte, to protocol.Addr) error {
	if to.IsValid() {
		if err := s.fill(to, &s.p.addr); err != nil {
			return err
		}
		return s.sent(sys.SendTo(s.fd, b, &s.p.addr), len(b))
	}
	_, errno := sys.Send(s.fd, b)
	if errno != syscall.ECONNREFUSED || !s.connected {
		return s.sent(errno, len(b))
	}
	// The refusal of an earlier datagram, or of this one on a UNIX socket.
	s.failLater(sysError("send", errno))
	if s.family == unix.AF_UNIX {
		return nil
	}
	if _, errno = sys.Send(s.fd, b); errno == syscall.ECONNREFUSED {
		return nil
	}
	return s.sent(errno, len(b))
}

// sent turns the outcome of sending a datagram of n bytes into SendTo's.
func (s *packet) sent(errno syscall.Errno, n int) error {
	switch {
	case errno == 0, wouldBlock(errno), errno == syscall.ENOBUFS:
		return nil
	case errno == syscall.EMSGSIZE:
		return &protocol.MessageLengthError{Size: n, Err: sysError("sendto", errno)}
	case errno == syscall.ECONNREFUSED && s.family != unix.AF_UNIX && !s.connected:
		return nil // some systems tell of it, most do not
	}
	return sysError("sendto", errno)
}

// fill puts to into a.
func (s *packet) fill(to protocol.Addr, a *sys.Sockaddr) error {
	reason := ""
	switch s.family {
	case unix.AF_UNIX:
		switch {
		case to.Network() != "unixgram" && to.Network() != "unix" || to.Name() == "":
			reason = "not the address of a UNIX socket"
		case !a.SetPath(to.Name()):
			reason = "path too long"
		}
	default:
		ap := to.AddrPort()
		switch {
		case !ap.IsValid():
			reason = "not an IP address"
		case !a.SetAddrPort(s.family, ap, s.p.zones.index(ap.Addr().Zone())):
			reason = "of another family than the socket"
		case s.family == unix.AF_INET6 && ap.Addr().Is4() && !s.mapped:
			reason = "of another family than the socket"
		}
	}
	if reason != "" {
		return &protocol.InvalidAddressError{Addr: to.String(), Reason: reason}
	}
	return nil
}
