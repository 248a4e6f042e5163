// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol_test

import (
	"net"
	"net/netip"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
)

func TestAddr(t *testing.T) {
	for _, tt := range []struct {
		addr                     protocol.Addr
		network, text, host, nam string
		port                     int
	}{
		{protocol.TCPAddr(netip.MustParseAddrPort("192.0.2.1:80")), "tcp", "192.0.2.1:80", "192.0.2.1", "", 80},
		{protocol.TCPAddr(netip.MustParseAddrPort("[2001:db8::1]:80")), "tcp", "[2001:db8::1]:80", "2001:db8::1", "", 80},
		{protocol.TCPAddr(netip.MustParseAddrPort("[fe80::1%eth0]:80")), "tcp", "[fe80::1%eth0]:80", "fe80::1%eth0", "", 80},
		{protocol.TCPAddr(netip.MustParseAddrPort("[::ffff:192.0.2.1]:80")), "tcp", "192.0.2.1:80", "192.0.2.1", "", 80},
		{protocol.UDPAddr(netip.MustParseAddrPort("[::ffff:192.0.2.1]:53")), "udp", "192.0.2.1:53", "192.0.2.1", "", 53},
		{protocol.UNIXAddr("/run/x"), "unix", "/run/x", "/run/x", "/run/x", 0},
		{protocol.UNIXAddr("\x00abstract"), "unix", "@abstract", "\x00abstract", "\x00abstract", 0},
		{protocol.UNIXAddr(""), "unix", "", "", "", 0},
		{protocol.UNIXDatagramAddr("/run/log"), "unixgram", "/run/log", "/run/log", "/run/log", 0},
		{protocol.HostnameAddr("example.com", 443), "hostname", "example.com:443", "example.com", "example.com", 443},
		{protocol.HostnameAddr("2001:db8::1", 443), "hostname", "[2001:db8::1]:443", "2001:db8::1", "2001:db8::1", 443},
		{protocol.PipeAddr(), "pipe", "pipe", "", "", 0},
		{protocol.MemoryAddr("here"), "memory", "here", "here", "here", 0},
	} {
		a := tt.addr
		if !a.IsValid() || a.Network() != tt.network || a.String() != tt.text || a.Host() != tt.host || a.Name() != tt.nam || a.Port() != tt.port {
			t.Errorf("%#v: valid %v, network %q, text %q, host %q, name %q, port %d; want true, %q, %q, %q, %q, %d", a, a.IsValid(), a.Network(), a.String(),
				a.Host(), a.Name(), a.Port(), tt.network, tt.text, tt.host, tt.nam, tt.port)
		}
	}
	var zero protocol.Addr
	if zero.IsValid() || zero.AddrPort().IsValid() || zero.String() != "invalid address" || zero.Port() != 0 {
		t.Errorf("the zero Addr: %v", zero)
	}
}

func TestAddrIsComparable(t *testing.T) {
	m := map[protocol.Addr]int{
		protocol.TCPAddr(netip.MustParseAddrPort("192.0.2.1:80")): 1,
		protocol.UDPAddr(netip.MustParseAddrPort("192.0.2.1:80")): 2,
		protocol.UNIXAddr("x"):         3,
		protocol.UNIXDatagramAddr("x"): 4,
		protocol.MemoryAddr("x"):       5,
	}
	if len(m) != 5 || m[protocol.TCPAddr(netip.MustParseAddrPort("[::ffff:192.0.2.1]:80"))] != 1 {
		t.Errorf("got %v", m)
	}
}

func TestAddrToAndFromPackageNet(t *testing.T) {
	for _, a := range []protocol.Addr{
		{},
		protocol.TCPAddr(netip.MustParseAddrPort("192.0.2.1:80")),
		protocol.TCPAddr(netip.MustParseAddrPort("[fe80::1%eth0]:80")),
		protocol.UDPAddr(netip.MustParseAddrPort("[2001:db8::1]:53")),
		protocol.UNIXAddr("/run/x"),
		protocol.UNIXDatagramAddr("\x00x"),
		protocol.HostnameAddr("example.com", 443),
		protocol.PipeAddr(),
		protocol.MemoryAddr("x"),
	} {
		if got := protocol.FromNetAddr(a.NetAddr()); got != a {
			t.Errorf("%v became %T and then %v", a, a.NetAddr(), got)
		}
	}
	if got := protocol.FromNetAddr(nil); got.IsValid() {
		t.Errorf("nil became %v", got)
	}
	if got := protocol.FromNetAddr(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}); got != protocol.TCPAddr(netip.MustParseAddrPort("192.0.2.1:80")) {
		t.Errorf("an IPv4 address of 16 bytes became %v", got)
	}
	if got := protocol.FromNetAddr(&net.IPAddr{IP: net.IPv4(192, 0, 2, 1)}); got.Network() != "ip" || got.String() != "192.0.2.1" {
		t.Errorf("a net.IPAddr became %v of network %q", got, got.Network())
	}
	if _, ok := protocol.TCPAddr(netip.MustParseAddrPort("192.0.2.1:80")).NetAddr().(*net.TCPAddr); !ok {
		t.Error("a TCP address is no *net.TCPAddr")
	}
	if _, ok := protocol.UDPAddr(netip.MustParseAddrPort("192.0.2.1:80")).NetAddr().(*net.UDPAddr); !ok {
		t.Error("a UDP address is no *net.UDPAddr")
	}
	if a, ok := protocol.UNIXDatagramAddr("x").NetAddr().(*net.UnixAddr); !ok || a.Net != "unixgram" || a.Name != "x" {
		t.Errorf("a UNIX datagram address is %#v", a)
	}
}
