// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"net"
	"net/netip"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// maxPackets and maxPacketRead bound, in datagrams and in bytes, what one datagram socket is read of in one pass. They are passed by one batch at most.
const (
	maxPackets    = 4 * sys.MaxBatch
	maxPacketRead = 256 << 10
)

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
	coalesces bool          // several datagrams may come as one message
	want      int           // how many messages to ask for, so that their datagrams do not exceed maxPackets by much
	segments  bool          // the system cuts what is sent into datagrams
	from      protocol.Addr // the last UNIX sender
}

func (p *readiness) ListenPacket(cfg *PacketConfig, h PacketHandler) (Packet, error) {
	if p.packets == nil {
		in, err := sys.NewRecvBatch()
		if err != nil {
			return nil, err
		}
		p.packets = &packets{in: in}
	}
	fd, err := p.packetSocket(cfg)
	if err != nil {
		return nil, err
	}
	s := &packet{p: p, h: h, fd: fd, max: min(cfg.MaxSize, sys.MaxPacket), want: sys.MaxBatch}
	if s.max <= 0 {
		s.max = protocol.MaxDatagram
	}
	if s.local, err = p.localName(fd, false); err == nil {
		s.family = p.addr.Family()
		s.mapped = s.local.AddrPort().Addr() == netip.IPv6Unspecified() && !v6Only(fd)
		s.connected = sys.PeerName(fd, &p.addr) == 0
		if s.family != unix.AF_UNIX {
			s.segments = sys.Segments(fd)
			s.coalesces = sys.Coalesces(fd, cfg.AdoptFD == 0) // other owners of a socket would take what is coalesced for one datagram
		}
		s.gen, err = p.register(fd, s, evIn)
	}
	if err != nil {
		sys.Close(fd)
		return nil, err
	}
	s.watched = true
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
		k, full, errno := q.in.Recv(s.fd, s.max, s.want, s.coalesces)
		if wouldBlock(errno) {
			break
		}
		if errno != 0 {
			n += sys.MaxBatch // few of these a pass
			s.p.upcalls++
			s.h.PacketFailed(sysError(receiveCall, errno))
			continue
		}
		more = full
		datagrams := 0
		for i := 0; i < k && s.fd >= 0; i++ {
			b, segment, from := q.in.Message(i)
			if len(b) == 0 && ev&(evHup|evRdHup) != 0 {
				more = false
				break
			}
			total += len(b)
			datagrams += s.deliver(b, segment, s.sender(from))
		}
		n += datagrams
		s.want = min(maxPackets*k/max(datagrams, 1)+1, sys.MaxBatch)
	}
	runtime.KeepAlive(q.in) // whose memory was lent
	q.flush()
	if s.fd >= 0 && ev&(evHup|evRdHup) != 0 { // receiving was shut down; that lasts
		s.p.sel.del(s.fd)
		s.watched = false
	}
}

// deliver makes an upcall for each datagram of a message and returns how many there were.
func (s *packet) deliver(b []byte, segment int, from protocol.Addr) (n int) {
	for s.fd >= 0 {
		k := min(segment, len(b))
		d := b[:min(k, s.max)]
		n++
		s.p.upcalls++
		s.h.PacketReceived(d[:len(d):len(d)], from)
		if b = b[k:]; len(b) == 0 {
			break
		}
	}
	return n
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
