// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// An Addr is the address of one end of a connection: a small comparable value, usable with == and as a map key. The zero Addr is the invalid one. It is a
// net.Addr. Twisted: IPv4Address, IPv6Address, UNIXAddress, HostnameAddress, PipeAddress.
type Addr struct {
	ip   netip.Addr
	name string // a path, a host or a name; of a foreign network that network's name, a NUL, and the address as text
	port uint16
	kind addrKind
}

// An addrKind is a byte where a string would be a third of an Addr, of which each connection has one.
type addrKind uint8

const (
	invalidAddr addrKind = iota
	tcpAddr
	udpAddr
	unixAddr
	unixgramAddr
	hostnameAddr
	pipeAddr
	memoryAddr
	foreignAddr
)

// networks are the names of the kinds.
var networks = [...]string{"", "tcp", "udp", "unix", "unixgram", "hostname", "pipe", "memory"}

// TCPAddr returns the Addr of a TCP socket. An IPv4 address in IPv6 form is unmapped.
func TCPAddr(ap netip.AddrPort) Addr {
	return Addr{kind: tcpAddr, ip: ap.Addr().Unmap(), port: ap.Port()}
}

// UDPAddr returns the Addr of a UDP socket. An IPv4 address in IPv6 form is unmapped.
func UDPAddr(ap netip.AddrPort) Addr {
	return Addr{kind: udpAddr, ip: ap.Addr().Unmap(), port: ap.Port()}
}

// UNIXAddr returns the Addr of a UNIX stream socket. path is "" for a socket without a name and begins with a NUL for a name in Linux's abstract namespace.
func UNIXAddr(path string) Addr { return Addr{kind: unixAddr, name: path} }

// UNIXDatagramAddr returns the Addr of a UNIX datagram socket.
func UNIXDatagramAddr(path string) Addr { return Addr{kind: unixgramAddr, name: path} }

// HostnameAddr returns the Addr of a host that is known by name and not resolved.
func HostnameAddr(host string, port uint16) Addr {
	return Addr{kind: hostnameAddr, name: host, port: port}
}

// PipeAddr returns the Addr of a pipe, standard input and output, or a child process.
func PipeAddr() Addr { return Addr{kind: pipeAddr} }

// MemoryAddr returns the Addr of an in-process endpoint.
func MemoryAddr(name string) Addr { return Addr{kind: memoryAddr, name: name} }

// FromNetAddr converts the address types of package net; others become an Addr with the same network and text.
func FromNetAddr(a net.Addr) Addr {
	switch a := a.(type) {
	case nil:
		return Addr{}
	case Addr:
		return a
	case *net.TCPAddr:
		return TCPAddr(a.AddrPort())
	case *net.UDPAddr:
		return UDPAddr(a.AddrPort())
	case *net.UnixAddr:
		return named(a.Net, a.Name)
	}
	return named(a.Network(), a.String())
}

func named(network, name string) Addr {
	if i := slices.Index(networks[:], network); i >= 0 {
		return Addr{kind: addrKind(i), name: name}
	}
	return Addr{kind: foreignAddr, name: network + "\x00" + name}
}

// IsValid reports whether a is an address at all.
func (a Addr) IsValid() bool { return a.kind != invalidAddr }

// Network returns "tcp", "udp", "unix", "unixgram", "hostname", "pipe" or "memory".
func (a Addr) Network() string {
	if a.kind == foreignAddr {
		network, _, _ := strings.Cut(a.name, "\x00")
		return network
	}
	return networks[a.kind]
}

// AddrPort returns the IP address and port; it is invalid where there is none.
func (a Addr) AddrPort() netip.AddrPort {
	if a.kind == hostnameAddr {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.ip, a.port)
}

// Port returns the port of a TCP, UDP or host-name address, else 0.
func (a Addr) Port() int { return int(a.port) }

// Name returns the path of a UNIX address, the host of a host-name address or the name of a memory address.
func (a Addr) Name() string {
	if a.kind == foreignAddr {
		_, name, _ := strings.Cut(a.name, "\x00")
		return name
	}
	return a.name
}

// Host returns the address without its port: an IP address, a host name or a path.
func (a Addr) Host() string {
	if a.ip.IsValid() {
		return a.ip.String()
	}
	return a.Name()
}

// String returns host:port, the path, or the name. A NUL that begins an abstract UNIX name is written as '@'.
func (a Addr) String() string {
	switch {
	case a.kind == invalidAddr:
		return "invalid address"
	case a.ip.IsValid():
		return a.AddrPort().String()
	case a.kind == hostnameAddr:
		return net.JoinHostPort(a.name, strconv.Itoa(int(a.port)))
	case a.kind == pipeAddr:
		return "pipe"
	}
	name := a.Name()
	if len(name) > 0 && name[0] == 0 {
		return "@" + name[1:]
	}
	return name
}

// NetAddr returns a as the type of package net that other libraries expect: *net.TCPAddr, *net.UDPAddr or *net.UnixAddr, else a itself.
func (a Addr) NetAddr() net.Addr {
	switch a.kind {
	case tcpAddr:
		return net.TCPAddrFromAddrPort(a.AddrPort())
	case udpAddr:
		return net.UDPAddrFromAddrPort(a.AddrPort())
	case unixAddr, unixgramAddr:
		return &net.UnixAddr{Net: a.Network(), Name: a.name}
	}
	return a
}

var _ net.Addr = Addr{}
