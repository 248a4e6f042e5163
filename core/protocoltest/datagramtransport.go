// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"net"
	"net/netip"
	"slices"

	"github.com/torsion-go/torsion/core/protocol"
)

// A Datagram is one that was written to a [FakeDatagramTransport].
type Datagram struct {
	Data string
	To   protocol.Addr
}

// A FakeDatagramTransport is a datagram port without a network: it collects what the protocol writes, and the test plays the network. It is a
// protocol.MulticastTransport too, which remembers what it is told. A panic of the protocol goes through to the test. Twisted: FakeDatagramTransport.
type FakeDatagramTransport struct {
	// Clock is the loop. NewFakeDatagramTransport makes one; replace it before Start to share one.
	Clock *Clock
	// Local is the bound address. It starts as UDP 10.0.0.1:12345.
	Local protocol.Addr
	// MaxSize is the size in bytes above which WriteTo fails with *protocol.MessageLengthError. It starts as 65507, that of UDP over IPv4.
	MaxSize int

	proto     protocol.DatagramProtocol
	remote    protocol.Addr
	written   []Datagram
	broadcast bool
	closing   bool
	stopped   bool

	groups   []Membership
	ttl      int
	noLoop   bool
	outgoing string
}

// A Membership is one of a multicast group on a network interface.
type Membership struct {
	Group netip.Addr
	Iface string
}

var (
	_ protocol.DatagramTransport  = (*FakeDatagramTransport)(nil)
	_ protocol.MulticastTransport = (*FakeDatagramTransport)(nil)
)

// NewFakeDatagramTransport returns a transport without a protocol.
func NewFakeDatagramTransport() *FakeDatagramTransport {
	return &FakeDatagramTransport{
		Clock:   NewClock(),
		Local:   protocol.UDPAddr(netip.MustParseAddrPort("10.0.0.1:12345")),
		MaxSize: 65507,
		ttl:     1,
	}
}

// Start gives p the port: StartProtocol is called before Start returns.
func (t *FakeDatagramTransport) Start(p protocol.DatagramProtocol) {
	if t.proto != nil {
		panic("protocoltest: Start of a FakeDatagramTransport that has a protocol")
	}
	t.proto = p
	p.StartProtocol(t)
}

// Feed delivers a datagram, before it returns, as a copy that is overwritten afterwards. A connected port drops what is not from its peer, and a closed
// port everything.
func (t *FakeDatagramTransport) Feed(p []byte, from protocol.Addr) {
	if t.closing || t.stopped || t.remote.IsValid() && from != t.remote {
		return
	}
	p = bytes.Clone(p)
	t.proto.DatagramReceived(t, p, from)
	for i := range p {
		p[i] = 0xdb
	}
}

// Refuse tells a protocol.ConnectionRefuser that the peer refused a datagram.
func (t *FakeDatagramTransport) Refuse() {
	if r, ok := protocol.As[protocol.ConnectionRefuser](t.proto); ok && !t.closing {
		r.ConnectionRefused(t)
	}
}

// Written returns what was written since the start or Clear.
func (t *FakeDatagramTransport) Written() []Datagram { return slices.Clone(t.written) }

// Clear forgets what was written.
func (t *FakeDatagramTransport) Clear() { t.written = nil }

// Stopped reports whether the port has closed and StopProtocol was called.
func (t *FakeDatagramTransport) Stopped() bool { return t.stopped }

// BroadcastAllowed returns what SetBroadcastAllowed set.
func (t *FakeDatagramTransport) BroadcastAllowed() bool { return t.broadcast }

// WriteTo collects one datagram.
func (t *FakeDatagramTransport) WriteTo(p []byte, to protocol.Addr) error {
	if t.closing {
		return net.ErrClosed
	}
	if err := t.reaches(to); err != nil {
		return err
	}
	if len(p) > t.MaxSize {
		return &protocol.MessageLengthError{Size: len(p), Err: errTooLong}
	}
	t.written = append(t.written, Datagram{string(p), to})
	return nil
}

// Write collects one datagram to the peer of a connected port.
func (t *FakeDatagramTransport) Write(p []byte) error {
	if !t.remote.IsValid() {
		return errNotConnected
	}
	return t.WriteTo(p, t.remote)
}

// Connect fixes the peer.
func (t *FakeDatagramTransport) Connect(to protocol.Addr) error {
	if t.remote.IsValid() {
		return protocol.ErrAlreadyConnected
	}
	if err := t.reaches(to); err != nil {
		return err
	}
	t.remote = to
	return nil
}

// reaches checks that to is an address to which the port can send.
func (t *FakeDatagramTransport) reaches(to protocol.Addr) error {
	switch {
	case to.Network() != t.Local.Network():
		return &protocol.InvalidAddressError{Addr: to.String(), Reason: "not an address of the port's family, " + t.Local.Network()}
	case to.Network() == "udp" && to.AddrPort().Addr().Is4() != t.Local.AddrPort().Addr().Is4():
		return &protocol.InvalidAddressError{Addr: to.String(), Reason: "not of the port's IP version"}
	}
	return nil
}

// LocalAddr returns Local.
func (t *FakeDatagramTransport) LocalAddr() protocol.Addr { return t.Local }

// RemoteAddr returns the peer that Connect fixed.
func (t *FakeDatagramTransport) RemoteAddr() protocol.Addr { return t.remote }

// Loop returns Clock.
func (t *FakeDatagramTransport) Loop() protocol.Loop { return t.Clock }

// LoseConnection closes the port. StopProtocol is called in the next turn of Clock.
func (t *FakeDatagramTransport) LoseConnection() {
	if t.closing {
		return
	}
	t.closing = true
	t.Clock.CallFromThread(func() {
		t.stopped = true
		if t.proto != nil {
			t.proto.StopProtocol(t, protocol.Done(net.ErrClosed))
		}
	})
}

// SetBroadcastAllowed sets what BroadcastAllowed returns.
func (t *FakeDatagramTransport) SetBroadcastAllowed(on bool) error { t.broadcast = on; return nil }
