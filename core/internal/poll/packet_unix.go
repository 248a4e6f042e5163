// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package poll

import (
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// maxPacketRead bounds, in bytes, what one datagram socket is read of in one pass.
const maxPacketRead = 256 << 10

// A packet is a datagram socket under a readiness poller.
type packet struct {
	p   *readiness
	h   PacketHandler
	fd  int // -1 when closed
	gen uint32

	watched   bool
	family    int
	local     protocol.Addr
	max       int
	mapped    bool // an IPv6 socket that sends to IPv4 addresses too
	connected bool
	burst     burst
	from      protocol.Addr // the last UNIX sender
}

func (p *readiness) ListenPacket(cfg *PacketConfig, h PacketHandler) (Packet, error) {
	fd, err := p.packetSocket(cfg)
	if err != nil {
		return nil, err
	}
	s := &packet{p: p, h: h, fd: fd, max: cfg.MaxSize, burst: 20}
	if s.max <= 0 {
		s.max = protocol.MaxDatagram
	}
	if s.local, err = p.localName(fd, false); err == nil {
		s.family = p.addr.Family()
		s.mapped = s.local.AddrPort().Addr() == netip.IPv6Unspecified() && !v6Only(fd)
		s.connected = sys.PeerName(fd, &p.addr) == 0
		s.gen, err = p.register(fd, s, evIn)
	}
	if err != nil {
		sys.Close(fd)
		return nil, err
	}
	s.watched = true
	p.floor = max(p.floor, s.max)
	if len(p.buf) < p.floor {
		p.buf = make([]byte, p.floor)
	}
	return s, nil
}

func v6Only(fd int) bool {
	v, errno := sys.GetInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY)
	return errno == 0 && v != 0
}

func (p *readiness) packetSocket(cfg *PacketConfig) (int, error) {
	if cfg.AdoptFD != 0 {
		return adopt(cfg.AdoptFD, unix.SOCK_DGRAM)
	}
	t, err := parse(cfg.Network, cfg.Address, "udp", "unixgram")
	if err != nil {
		return -1, err
	}
	return binding{kind: unix.SOCK_DGRAM, reuseAddr: cfg.ReuseAddr, reusePort: cfg.ReusePort, mode: cfg.Mode}.open(p, t)
}

func (s *packet) ready(ev uint32) {
	limit, n := s.burst.limit(), 0
	for total := 0; n < limit && total < maxPacketRead; {
		k, errno := sys.RecvFrom(s.fd, s.p.buf[:s.max], &s.p.addr)
		if wouldBlock(errno) || ev&evHup != 0 && k == 0 && errno == 0 {
			break
		}
		n++
		total += k
		s.p.upcalls++
		if errno != 0 {
			s.h.PacketFailed(sysError("recvfrom", errno))
		} else {
			s.p.most = max(s.p.most, k)
			s.h.PacketReceived(s.p.buf[:k:k], s.sender())
		}
		if s.fd < 0 {
			return
		}
	}
	s.burst.used(n)
	if ev&evHup != 0 { // both directions were shut down; that lasts
		s.p.sel.del(s.fd)
		s.watched = false
	}
}

// sender returns the address of the datagram just received.
func (s *packet) sender() protocol.Addr {
	if s.family != unix.AF_UNIX {
		return s.p.address(&s.p.addr, false)
	}
	path := s.p.addr.Path()
	if len(path) == 0 {
		return protocol.Addr{}
	}
	if s.from.Name() != string(path) {
		s.from = protocol.UNIXDatagramAddr(string(path))
	}
	return s.from
}

func (s *packet) SendTo(b []byte, to protocol.Addr) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	if to.IsValid() {
		if err := s.fill(to); err != nil {
			return err
		}
		return s.sent(sys.SendTo(s.fd, b, &s.p.addr), len(b))
	}
	_, errno := sys.Send(s.fd, b)
	if errno != syscall.ECONNREFUSED || !s.connected {
		return s.sent(errno, len(b))
	}
	// The refusal of an earlier datagram, or of this one on a UNIX socket.
	s.p.later(func() {
		if s.fd >= 0 {
			s.p.upcalls++
			s.h.PacketFailed(sysError("send", errno))
		}
	})
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

// fill puts to into the poller's scratch address.
func (s *packet) fill(to protocol.Addr) error {
	reason := ""
	switch s.family {
	case unix.AF_UNIX:
		switch {
		case to.Network() != "unixgram" && to.Network() != "unix" || to.Name() == "":
			reason = "not the address of a UNIX socket"
		case !s.p.addr.SetPath(to.Name()):
			reason = "path too long"
		}
	default:
		ap := to.AddrPort()
		switch {
		case !ap.IsValid():
			reason = "not an IP address"
		case !s.p.addr.SetAddrPort(s.family, ap, s.p.zones.index(ap.Addr().Zone())):
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

func (s *packet) Connect(to protocol.Addr) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	if err := s.fill(to); err != nil {
		return err
	}
	if errno := sys.Connect(s.fd, &s.p.addr); errno != 0 {
		return sysError("connect", errno)
	}
	s.connected = true
	if local, err := s.p.localName(s.fd, false); err == nil { // the system may have chosen one
		s.local = local
	}
	return nil
}

func (s *packet) Addr() protocol.Addr { return s.local }

func (s *packet) Control(f func(fd uintptr)) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	f(uintptr(s.fd))
	return nil
}

func (s *packet) Close() error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	s.p.drop(s.fd, s.gen, s.watched)
	fd := s.fd
	s.fd = -1
	return sysError("close", sys.Close(fd))
}

func (s *packet) release() {
	sys.Close(s.fd)
	s.fd = -1
}

var _ Packet = (*packet)(nil)
