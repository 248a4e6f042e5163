// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

func (s *packet) SendTo(b []byte, to protocol.Addr) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	if gathered, err := s.gather(b, to); gathered || err != nil {
		return err
	}
	return s.sendNow(b, to)
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
