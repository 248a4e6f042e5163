// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"net/netip"
	"time"
)

// A DatagramProtocol handles one datagram port: UDP, multicast or UNIX. Twisted: DatagramProtocol, ConnectedDatagramProtocol. Its callbacks run on
// the loop that owns the port and never overlap. A panic in DatagramReceived is logged and the port goes on.
type DatagramProtocol interface {
	// StartProtocol is called once and first, when the port is bound.
	StartProtocol(t DatagramTransport)
	// DatagramReceived delivers one datagram, cut to the port's maximum size. p is lent until return. from is invalid when a UNIX peer has no name.
	DatagramReceived(t DatagramTransport, p []byte, from Addr)
	// StopProtocol is called once and last. reason tells why the port closed.
	StopProtocol(t DatagramTransport, reason error)
}

// A ConnectionRefuser is a DatagramProtocol that is told when the peer of a connected port refused a datagram.
type ConnectionRefuser interface {
	ConnectionRefused(t DatagramTransport)
}

// DatagramBase has the methods of [DatagramProtocol], each of which does nothing.
type DatagramBase struct{}

// StartProtocol does nothing.
func (DatagramBase) StartProtocol(DatagramTransport) {}

// DatagramReceived ignores p.
func (DatagramBase) DatagramReceived(DatagramTransport, []byte, Addr) {}

// StopProtocol does nothing.
func (DatagramBase) StopProtocol(DatagramTransport, error) {}

// A DatagramTransport is a bound datagram port as its protocol sees it. Its methods are loop only.
type DatagramTransport interface {
	// WriteTo sends one datagram, of which it keeps nothing. Only literal addresses of the port's own family are allowed: others give *InvalidAddressError. A
	// datagram that is too long for its kind of network gives *MessageLengthError. One that finds no room in the system's buffer is dropped without an error,
	// as the network might. Datagrams may be gathered: then they leave, in order, before the loop waits again, before the port connects or closes, and before
	// its options change. What the system finds wrong with a gathered one, such as an unreachable network, is logged instead of returned.
	WriteTo(p []byte, to Addr) error
	// Write sends to the peer of a connected port, as WriteTo does.
	Write(p []byte) error
	// Connect fixes the peer, by literal address, once. Afterwards only its datagrams are delivered.
	Connect(to Addr) error
	// LocalAddr returns the bound address.
	LocalAddr() Addr
	// RemoteAddr returns the peer of a connected port, else the invalid Addr.
	RemoteAddr() Addr
	// LoseConnection closes the port; StopProtocol follows on a later turn.
	LoseConnection()
	// SetBroadcastAllowed allows datagrams to broadcast addresses; it is off by default.
	SetBroadcastAllowed(on bool) error
	Loop() Loop
}

// A MulticastTransport can take part in multicast groups, IPv4 and IPv6. iface names a network interface ("" lets the system choose). Twisted: IMulticastTransport.
type MulticastTransport interface {
	JoinGroup(group netip.Addr, iface string) error
	LeaveGroup(group netip.Addr, iface string) error
	// SetTTL sets the number of hops, 0 to 255. The default is the system's, 1.
	SetTTL(n int) error
	TTL() (int, error)
	// SetLoopbackMode tells whether this machine's receivers get what is sent. The default is the system's, on.
	SetLoopbackMode(on bool) error
	LoopbackMode() (bool, error)
	SetOutgoingInterface(iface string) error
}

// MaxDatagram is the default of the largest datagram that a port delivers, in bytes. Twisted: maxPacketSize.
const MaxDatagram = 8192

// ConnectTimeout is the default time for a connection attempt.
const ConnectTimeout = 30 * time.Second
