// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// MulticastOptions tell how a multicast port works. The zero value is ready to use.
type MulticastOptions struct {
	// MaxSize is as in PacketOptions.
	MaxSize int
	// ListenMultiple lets several sockets, also of other processes, receive on the same port.
	ListenMultiple bool
}

// A MulticastPort is a UDP port that can take part in multicast groups, IPv4 or IPv6 as its address tells. Its methods are loop only.
type MulticastPort struct {
	DatagramPort
}

var _ protocol.MulticastTransport = (*MulticastPort)(nil)

// ListenMulticast is ListenUDP for a port that joins groups. Twisted: listenMulticast. Loop only.
func (l *Loop) ListenMulticast(addr string, p protocol.DatagramProtocol, opt MulticastOptions) (*MulticastPort, error) {
	if err := literal(addr); err != nil {
		return nil, cannotListen(addr, err)
	}
	m := &MulticastPort{DatagramPort{loop: l, proto: p}}
	m.self = m
	cfg := &poll.PacketConfig{Network: udpNetwork(addr), Address: addr, MaxSize: opt.MaxSize, ReuseAddr: opt.ListenMultiple, ReusePort: opt.ListenMultiple}
	if _, err := m.open("reactor: ListenMulticast", addr, cfg); err != nil {
		return nil, err
	}
	return m, nil
}

// JoinGroup joins a group on a network interface, "" for one that the system chooses. An inherited socket may be in the group already, which is no error. Errors are
// *protocol.MulticastJoinError.
func (m *MulticastPort) JoinGroup(group netip.Addr, iface string) error {
	err := m.membership("reactor: MulticastPort.JoinGroup", group, iface, (*ipv4.PacketConn).JoinGroup, (*ipv6.PacketConn).JoinGroup)
	if m.lent && errors.Is(err, syscall.EADDRINUSE) {
		return nil
	}
	return err
}

// LeaveGroup leaves it. After a handover it does nothing: the successor has the same socket. Errors are *protocol.MulticastJoinError.
func (m *MulticastPort) LeaveGroup(group netip.Addr, iface string) error {
	if m.handed && m.packet != nil {
		loopcheck.Check(m.loop, "reactor: MulticastPort.LeaveGroup")
		return nil
	}
	return m.membership("reactor: MulticastPort.LeaveGroup", group, iface, (*ipv4.PacketConn).LeaveGroup, (*ipv6.PacketConn).LeaveGroup)
}

func (m *MulticastPort) membership(op string, group netip.Addr, iface string, do4 func(*ipv4.PacketConn, *net.Interface, net.Addr) error,
	do6 func(*ipv6.PacketConn, *net.Interface, net.Addr) error,
) error {
	loopcheck.Check(m.loop, op)
	ifi, err := interfaceNamed(iface)
	if err == nil {
		to := &net.UDPAddr{IP: group.AsSlice()}
		err = m.option(func(c *ipv4.PacketConn) error { return do4(c, ifi, to) }, func(c *ipv6.PacketConn) error { return do6(c, ifi, to) })
	}
	if err != nil {
		return &protocol.MulticastJoinError{Group: group.String(), Err: err}
	}
	return nil
}

// SetTTL sets the number of hops, 0 to 255.
func (m *MulticastPort) SetTTL(n int) error {
	loopcheck.Check(m.loop, "reactor: MulticastPort.SetTTL")
	return m.option(func(c *ipv4.PacketConn) error { return c.SetMulticastTTL(n) }, func(c *ipv6.PacketConn) error { return c.SetMulticastHopLimit(n) })
}

// TTL returns the number of hops.
func (m *MulticastPort) TTL() (n int, err error) {
	loopcheck.Check(m.loop, "reactor: MulticastPort.TTL")
	err = m.option(func(c *ipv4.PacketConn) (err error) { n, err = c.MulticastTTL(); return err },
		func(c *ipv6.PacketConn) (err error) { n, err = c.MulticastHopLimit(); return err })
	return n, err
}

// SetLoopbackMode tells whether this machine's receivers get what is sent.
func (m *MulticastPort) SetLoopbackMode(on bool) error {
	loopcheck.Check(m.loop, "reactor: MulticastPort.SetLoopbackMode")
	return m.option(func(c *ipv4.PacketConn) error { return c.SetMulticastLoopback(on) }, func(c *ipv6.PacketConn) error { return c.SetMulticastLoopback(on) })
}

// LoopbackMode reports whether they do.
func (m *MulticastPort) LoopbackMode() (on bool, err error) {
	loopcheck.Check(m.loop, "reactor: MulticastPort.LoopbackMode")
	err = m.option(func(c *ipv4.PacketConn) (err error) { on, err = c.MulticastLoopback(); return err },
		func(c *ipv6.PacketConn) (err error) { on, err = c.MulticastLoopback(); return err })
	return on, err
}

// SetOutgoingInterface sets the network interface for what is sent to groups.
func (m *MulticastPort) SetOutgoingInterface(iface string) error {
	loopcheck.Check(m.loop, "reactor: MulticastPort.SetOutgoingInterface")
	ifi, err := interfaceNamed(iface)
	if err != nil {
		return err
	}
	return m.option(func(c *ipv4.PacketConn) error { return c.SetMulticastInterface(ifi) }, func(c *ipv6.PacketConn) error { return c.SetMulticastInterface(ifi) })
}

func interfaceNamed(name string) (*net.Interface, error) {
	if name == "" {
		return nil, nil
	}
	return net.InterfaceByName(name)
}

// option lets x/net, which knows every system's socket options, work on the port's socket.
func (m *MulticastPort) option(do4 func(*ipv4.PacketConn) error, do6 func(*ipv6.PacketConn) error) error {
	if m.packet == nil {
		return net.ErrClosed
	}
	socket := &bareSocket{port: &m.DatagramPort}
	if m.local.AddrPort().Addr().Is4() {
		return do4(ipv4.NewPacketConn(socket))
	}
	return do6(ipv6.NewPacketConn(socket))
}

// A bareSocket is a datagram port in the shape that x/net asks for: of its methods only SyscallConn is of use.
type bareSocket struct {
	net.PacketConn
	port *DatagramPort
}

var errOptionsOnly = errors.New("reactor: this socket is for its options only")

func (s *bareSocket) SyscallConn() (syscall.RawConn, error) { return rawSocket{s.port}, nil }
func (s *bareSocket) LocalAddr() net.Addr                   { return s.port.local.NetAddr() }
func (s *bareSocket) RemoteAddr() net.Addr                  { return s.port.remote.NetAddr() }
func (s *bareSocket) Read([]byte) (int, error)              { return 0, errOptionsOnly }
func (s *bareSocket) Write([]byte) (int, error)             { return 0, errOptionsOnly }
func (s *bareSocket) ReadMsgUDP(_, _ []byte) (int, int, int, *net.UDPAddr, error) {
	return 0, 0, 0, nil, errOptionsOnly
}

// A rawSocket is a bareSocket as syscall.RawConn.
type rawSocket struct{ port *DatagramPort }

func (r rawSocket) Control(f func(fd uintptr)) error  { return r.port.Control(f) }
func (r rawSocket) Read(func(fd uintptr) bool) error  { return errOptionsOnly }
func (r rawSocket) Write(func(fd uintptr) bool) error { return errOptionsOnly }
