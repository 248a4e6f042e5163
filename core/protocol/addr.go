// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import (
	"net"
	"net/netip"
	"strconv"
)

// An Addr is the address of one end of a connection: a small comparable value, usable with == and as a map key. The zero Addr is the invalid one. It is a
// net.Addr. Twisted: IPv4Address, IPv6Address, UNIXAddress, HostnameAddress, PipeAddress.
type Addr struct {
	network string
	ip      netip.AddrPort
	name    string
	port    uint16
}

// TCPAddr returns the Addr of a TCP socket. An IPv4 address in IPv6 form is unmapped.
func TCPAddr(ap netip.AddrPort) Addr { return Addr{network: "tcp", ip: unmap(ap)} }

// UDPAddr returns the Addr of a UDP socket. An IPv4 address in IPv6 form is unmapped.
func UDPAddr(ap netip.AddrPort) Addr { return Addr{network: "udp", ip: unmap(ap)} }

// UNIXAddr returns the Addr of a UNIX stream socket. path is "" for a socket without a name and begins with a NUL for a name in Linux's abstract namespace.
func UNIXAddr(path string) Addr { return Addr{network: "unix", name: path} }

// UNIXDatagramAddr returns the Addr of a UNIX datagram socket.
func UNIXDatagramAddr(path string) Addr { return Addr{network: "unixgram", name: path} }

// HostnameAddr returns the Addr of a host that is known by name and not resolved.
func HostnameAddr(host string, port uint16) Addr {
	return Addr{network: "hostname", name: host, port: port}
}

// PipeAddr returns the Addr of a pipe, standard input and output, or a child process.
func PipeAddr() Addr { return Addr{network: "pipe"} }

// MemoryAddr returns the Addr of an in-process endpoint.
func MemoryAddr(name string) Addr { return Addr{network: "memory", name: name} }

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
		return Addr{network: a.Net, name: a.Name}
	}
	return Addr{network: a.Network(), name: a.String()}
}

func unmap(ap netip.AddrPort) netip.AddrPort {
	if ap.Addr().Is4In6() {
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return ap
}

// IsValid reports whether a is an address at all.
func (a Addr) IsValid() bool { return a.network != "" }

// Network returns "tcp", "udp", "unix", "unixgram", "hostname", "pipe" or "memory".
func (a Addr) Network() string { return a.network }

// AddrPort returns the IP address and port; it is invalid where there is none.
func (a Addr) AddrPort() netip.AddrPort { return a.ip }

// Port returns the port of a TCP, UDP or host-name address, else 0.
func (a Addr) Port() int {
	if a.network == "hostname" {
		return int(a.port)
	}
	return int(a.ip.Port())
}

// Name returns the path of a UNIX address, the host of a host-name address or the name of a memory address.
func (a Addr) Name() string { return a.name }

// Host returns the address without its port: an IP address, a host name or a path.
func (a Addr) Host() string {
	if a.ip.IsValid() {
		return a.ip.Addr().String()
	}
	return a.name
}

// String returns host:port, the path, or the name. A NUL that begins an abstract UNIX name is written as '@'.
func (a Addr) String() string {
	switch {
	case a.network == "":
		return "invalid address"
	case a.ip.IsValid():
		return a.ip.String()
	case a.network == "hostname":
		return net.JoinHostPort(a.name, strconv.Itoa(int(a.port)))
	case a.network == "pipe":
		return "pipe"
	case len(a.name) > 0 && a.name[0] == 0:
		return "@" + a.name[1:]
	}
	return a.name
}

// NetAddr returns a as the type of package net that other libraries expect: *net.TCPAddr, *net.UDPAddr or *net.UnixAddr, else a itself.
func (a Addr) NetAddr() net.Addr {
	switch a.network {
	case "tcp":
		return net.TCPAddrFromAddrPort(a.ip)
	case "udp":
		return net.UDPAddrFromAddrPort(a.ip)
	case "unix", "unixgram":
		return &net.UnixAddr{Net: a.network, Name: a.name}
	}
	return a
}

var _ net.Addr = Addr{}
