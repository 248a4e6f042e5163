// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/protocol"
)

// sockaddr returns the address of a target, which has one, for calls that are not made often.
func (p *iocp) sockaddr(t target) windows.Sockaddr {
	switch ip := t.ap.Addr(); {
	case t.unix:
		return &windows.SockaddrUnix{Name: toNetPath(t.path)}
	case ip.Is4():
		return &windows.SockaddrInet4{Port: int(t.ap.Port()), Addr: ip.As4()}
	default:
		return &windows.SockaddrInet6{Port: int(t.ap.Port()), Addr: ip.As16(), ZoneId: p.zones.index(ip.Zone())}
	}
}

// fill puts an address into p.raw for a socket that speaks IPv6, or does not, and returns its length.
func (p *iocp) fill(ap netip.AddrPort, six bool) int32 {
	ip := ap.Addr()
	if six {
		sa := (*windows.RawSockaddrInet6)(unsafe.Pointer(&p.raw))
		*sa = windows.RawSockaddrInet6{Family: windows.AF_INET6, Addr: ip.As16(), Scope_id: p.zones.index(ip.Zone())}
		putPort(&sa.Port, ap.Port())
		return int32(unsafe.Sizeof(*sa))
	}
	sa := (*windows.RawSockaddrInet4)(unsafe.Pointer(&p.raw))
	*sa = windows.RawSockaddrInet4{Family: windows.AF_INET, Addr: ip.As4()}
	putPort(&sa.Port, ap.Port())
	return int32(unsafe.Sizeof(*sa))
}

// address converts the system's address: an IPv4 address that was mapped becomes a plain one.
func (p *iocp) address(a *windows.RawSockaddrAny, stream bool) protocol.Addr {
	var ap netip.AddrPort
	switch a.Addr.Family {
	case windows.AF_UNIX:
		path := unsafe.Slice((*byte)(unsafe.Pointer(&(*windows.RawSockaddrUnix)(unsafe.Pointer(a)).Path[0])), len(windows.RawSockaddrUnix{}.Path))
		return protocol.UNIXAddr(windows.ByteSliceToString(path))
	case windows.AF_INET:
		sa := (*windows.RawSockaddrInet4)(unsafe.Pointer(a))
		ap = netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), getPort(&sa.Port))
	case windows.AF_INET6:
		sa := (*windows.RawSockaddrInet6)(unsafe.Pointer(a))
		ip := netip.AddrFrom16(sa.Addr).Unmap()
		if sa.Scope_id != 0 && ip.Is6() {
			ip = ip.WithZone(p.zones.name(sa.Scope_id))
		}
		ap = netip.AddrPortFrom(ip, getPort(&sa.Port))
	default:
		return protocol.Addr{}
	}
	if stream {
		return protocol.TCPAddr(ap)
	}
	return protocol.UDPAddr(ap)
}

// The port is in network order whatever the machine's.
func putPort(p *uint16, port uint16) {
	b := (*[2]byte)(unsafe.Pointer(p))
	b[0], b[1] = byte(port>>8), byte(port)
}

func getPort(p *uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(p))
	return uint16(b[0])<<8 | uint16(b[1])
}

var (
	ws2         = windows.NewLazySystemDLL("ws2_32.dll")
	getsockname = ws2.NewProc("getsockname")
	getpeername = ws2.NewProc("getpeername")
	accept      = ws2.NewProc("accept")
)

// name asks the system for an address of a socket by one of the two calls.
func (p *iocp) name(call *windows.LazyProc, fd windows.Handle, stream bool) (protocol.Addr, error) {
	p.raw = windows.RawSockaddrAny{}
	size := int32(unsafe.Sizeof(p.raw))
	r, _, errno := syscall.SyscallN(call.Addr(), uintptr(fd), uintptr(unsafe.Pointer(&p.raw)), uintptr(unsafe.Pointer(&size)))
	if int32(r) != 0 {
		return protocol.Addr{}, sysError(call.Name, errno)
	}
	return p.address(&p.raw, stream), nil
}
