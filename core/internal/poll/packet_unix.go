// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package poll

import (
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// maxPackets and maxPacketRead bound, in datagrams and in bytes, what one datagram socket is read of in one pass. They are passed by one batch at most.
const (
	maxPackets    = 4 * sys.MaxBatch
	maxPacketRead = 256 << 10
)

// maxUDP is more than a UDP datagram can have.
const maxUDP = 1<<16 - 1

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
	segments  bool          // the system cuts what is sent into datagrams
	from      protocol.Addr // the last UNIX sender
}

func (p *readiness) ListenPacket(cfg *PacketConfig, h PacketHandler) (Packet, error) {
	fd, err := p.packetSocket(cfg)
	if err != nil {
		return nil, err
	}
	s := &packet{p: p, h: h, fd: fd, max: cfg.MaxSize}
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
	if s.family != unix.AF_UNIX {
		s.max = min(s.max, maxUDP)
		s.segments = sys.Segments(fd)
	}
	if p.packets == nil {
		p.packets = new(packets)
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
	q := s.p.packets
	for n, total, more := 0, 0, true; more && s.fd >= 0 && n < maxPackets && total < maxPacketRead; {
		k, full, errno := q.in.Recv(s.fd, s.max)
		if wouldBlock(errno) {
			break
		}
		if errno != 0 {
			n += sys.MaxBatch // few of these a pass
			s.p.upcalls++
			s.h.PacketFailed(sysError("recvmmsg", errno))
			continue
		}
		n += k
		more = full
		for i := 0; i < k && s.fd >= 0; i++ {
			b, from := q.in.Datagram(i)
			if len(b) == 0 && ev&evHup != 0 {
				more = false
				break
			}
			total += len(b)
			s.p.upcalls++
			s.h.PacketReceived(b[:len(b):len(b)], s.sender(from))
		}
	}
	q.flush()
	if s.fd >= 0 && ev&evHup != 0 { // both directions were shut down; that lasts
		s.p.sel.del(s.fd)
		s.watched = false
	}
}

// sender returns the address that a datagram came from.
func (s *packet) sender(from *sys.Sockaddr) protocol.Addr {
	if s.family != unix.AF_UNIX {
		return s.p.address(from, false)
	}
	path := from.Path()
	if len(path) == 0 {
		return protocol.Addr{}
	}
	if s.from.Name() != string(path) {
		s.from = protocol.UNIXDatagramAddr(string(path))
	}
	return s.from
}

func (s *packet) Connect(to protocol.Addr) error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	s.flush()
	if err := s.fill(to, &s.p.addr); err != nil {
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
	s.flush() // what f changes is for what is sent from here on
	f(uintptr(s.fd))
	return nil
}

func (s *packet) Close() error {
	if s.fd < 0 {
		return net.ErrClosed
	}
	s.flush()
	s.p.drop(s.fd, s.gen, s.watched)
	fd := s.fd
	s.fd = -1
	return sysError("close", sys.Close(fd))
}

func (s *packet) release() {
	s.flush()
	sys.Close(s.fd)
	s.fd = -1
}

var _ Packet = (*packet)(nil)
