// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/protocol"
)

// What one datagram socket is read of in one pass.
const (
	iocpPackets    = 64
	iocpPacketRead = 256 << 10
)

// An iocpPacket is a UDP socket. A receive is under way, with a buffer of its own: to peek at no bytes, as streams do, fails with WSAEMSGSIZE when there is a
// datagram already, and whether a completion is queued of that nobody tells. When the receive is over, more is read without waiting.
type iocpPacket struct {
	p         *iocp
	h         PacketHandler
	fd        windows.Handle
	local     protocol.Addr
	op        *op
	in        *inbound
	pin       runtime.Pinner // of in, while op is under way
	max       int
	six       bool
	mapped    bool // sends to IPv4 addresses from an IPv6 socket
	connected bool
	closed    bool
}

// inbound is the memory of a receive. It holds the largest datagram.
type inbound struct {
	buf  [maxUDP]byte
	from windows.RawSockaddrAny
	size int32 // of from
}

const maxUDP = 64 << 10

func (p *iocp) ListenPacket(cfg *PacketConfig, h PacketHandler) (Packet, error) {
	switch {
	case p.gone:
		return nil, net.ErrClosed
	case cfg.AdoptFD != 0:
		return nil, ErrUnsupported
	}
	t, err := parse(cfg.Network, cfg.Address, "udp", "unixgram")
	if err != nil {
		return nil, err
	}
	if t.unix { // the system has UNIX stream sockets only
		return nil, ErrUnsupported
	}
	fd, err := winBinding{kind: windows.SOCK_DGRAM, shared: cfg.ReusePort, exclusive: true}.open(p, t)
	if err != nil {
		return nil, err
	}
	s := &iocpPacket{p: p, h: h, fd: fd, max: cfg.MaxSize}
	if s.max <= 0 {
		s.max = protocol.MaxDatagram
	}
	if s.local, err = p.name(getsockname, fd, false); err == nil {
		err = p.bind(fd)
	}
	if err == nil {
		err = nonblocking(fd)
	}
	if err != nil {
		windows.Closesocket(fd)
		return nil, err
	}
	_ = windows.SetFileCompletionNotificationModes(fd, windows.FILE_SKIP_SET_EVENT_ON_HANDLE)
	s.six = s.local.AddrPort().Addr().Is6()
	s.mapped = s.local.AddrPort().Addr() == netip.IPv6Unspecified()
	s.op, s.in = p.ops.get(s), new(inbound)
	p.care[s] = struct{}{}
	s.expect()
	return s, nil
}

// expect has the system receive a datagram. The error of one that was sent may come instead; then it is tried again in the next pass.
func (s *iocpPacket) expect() {
	if s.closed || s.op.flying {
		return
	}
	b := windows.WSABuf{Len: maxUDP, Buf: &s.in.buf[0]}
	var n, flags uint32
	s.in.from = windows.RawSockaddrAny{}
	s.in.size = int32(unsafe.Sizeof(s.in.from))
	s.pin.Pin(s.in)
	err := windows.WSARecvFrom(s.fd, &b, 1, &n, &flags, &s.in.from, &s.in.size, s.op.start(), nil)
	if _, err = s.p.ops.started(s.op, false, err); err != nil {
		s.pin.Unpin()
		err = sysError("WSARecvFrom", err)
		s.p.later(func() {
			s.failed(err)
			s.expect()
		})
	}
}

func (s *iocpPacket) completed(o *op) {
	s.pin.Unpin()
	if s.closed {
		s.p.ops.put(o)
		return
	}
	if err := o.err(s.fd, "WSARecvFrom"); err != nil {
		s.failed(err)
	} else {
		s.deliver(s.in.buf[:o.size], &s.in.from)
	}
	s.receive()
	s.expect()
}

// deliver delivers a datagram.
func (s *iocpPacket) deliver(b []byte, from *windows.RawSockaddrAny) {
	n := min(len(b), s.max)
	s.p.upcalls++
	s.h.PacketReceived(b[:n:n], s.p.address(from, false))
}

// receive delivers more datagrams that have arrived.
func (s *iocpPacket) receive() {
	for n, total := 1, 0; !s.closed && n < iocpPackets && total < iocpPacketRead; n++ {
		b := windows.WSABuf{Len: maxUDP, Buf: &s.p.buf[0]}
		var k, flags uint32
		from := &s.p.raw
		*from = windows.RawSockaddrAny{}
		size := int32(unsafe.Sizeof(*from))
		err := windows.WSARecvFrom(s.fd, &b, 1, &k, &flags, from, &size, nil, nil)
		switch {
		case err == windows.WSAEWOULDBLOCK:
			return
		case err != nil:
			s.failed(sysError("WSARecvFrom", err))
			continue
		}
		total += int(k)
		s.deliver(s.p.buf[:k], from)
	}
}

// failed reports an error. Windows tells every socket that a datagram met a closed port; the others tell only those with a peer.
func (s *iocpPacket) failed(err error) {
	if s.closed {
		return
	}
	if errors.Is(err, windows.WSAECONNRESET) || errors.Is(err, windows.WSAECONNREFUSED) {
		if !s.connected {
			return
		}
		err = refusal(err)
	}
	s.p.upcalls++
	s.h.PacketFailed(err)
}

func (s *iocpPacket) Connect(to protocol.Addr) error {
	if s.closed {
		return net.ErrClosed
	}
	if err := s.check(to); err != nil {
		return err
	}
	ap := to.AddrPort()
	var sa windows.Sockaddr
	if s.six {
		ap = netip.AddrPortFrom(netip.AddrFrom16(ap.Addr().As16()).WithZone(ap.Addr().Zone()), ap.Port())
	}
	sa = s.p.sockaddr(target{ap: ap})
	if err := windows.Connect(s.fd, sa); err != nil {
		return sysError("connect", err)
	}
	s.connected = true
	if local, err := s.p.name(getsockname, s.fd, false); err == nil { // the system may have chosen one
		s.local = local
	}
	return nil
}

func (s *iocpPacket) Addr() protocol.Addr { return s.local }

func (s *iocpPacket) Control(f func(fd uintptr)) error {
	if s.closed {
		return net.ErrClosed
	}
	f(uintptr(s.fd))
	return nil
}

func (s *iocpPacket) Close() error {
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	delete(s.p.care, s)
	if !s.op.flying {
		s.p.ops.put(s.op)
	}
	return sysError("closesocket", windows.Closesocket(s.fd))
}

func (s *iocpPacket) shut() { s.Close() }

var (
	_ Packet    = (*iocpPacket)(nil)
	_ completer = (*iocpPacket)(nil)
)
