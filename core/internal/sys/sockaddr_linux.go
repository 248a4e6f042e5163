// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Sockaddr is a socket address in the system's form. The zero value is empty, ready to be filled by a call or a Set method.
type Sockaddr struct {
	raw unix.RawSockaddrAny
	len uint32
}

const sockaddrSize = uint32(unsafe.Sizeof(unix.RawSockaddrAny{}))

// Family returns AF_INET, AF_INET6, AF_UNIX or, when empty, AF_UNSPEC.
func (s *Sockaddr) Family() int {
	if s.len < 2 {
		return unix.AF_UNSPEC
	}
	return int(s.raw.Addr.Family)
}

// Clear makes s empty.
func (s *Sockaddr) Clear() { s.len = 0 }

// equal reports whether two IP addresses are the same.
func (s *Sockaddr) equal(t *Sockaddr) bool {
	if s.len != t.len {
		return false
	}
	a := unsafe.Slice((*byte)(unsafe.Pointer(&s.raw)), s.len)
	return string(a) == string(unsafe.Slice((*byte)(unsafe.Pointer(&t.raw)), t.len))
}

// SetAddrPort fills s for a socket of the given family. An IPv4 address for AF_INET6 is mapped. zone is the index of the interface
// for an IPv6 address with a zone, else 0. It returns false when ap does not fit the family.
func (s *Sockaddr) SetAddrPort(family int, ap netip.AddrPort, zone uint32) bool {
	ip := ap.Addr()
	switch {
	case family == unix.AF_INET && ip.Unmap().Is4():
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw))
		*sa = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: ip.Unmap().As4()}
		putPort(&sa.Port, ap.Port())
		s.len = unix.SizeofSockaddrInet4
	case family == unix.AF_INET6 && ip.IsValid():
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(&s.raw))
		*sa = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: ip.As16(), Scope_id: zone}
		putPort(&sa.Port, ap.Port())
		s.len = unix.SizeofSockaddrInet6
	default:
		return false
	}
	return true
}

// SetPath fills s with a UNIX address; a leading NUL means the abstract namespace. It returns false when path is too long.
func (s *Sockaddr) SetPath(path string) bool {
	sa := (*unix.RawSockaddrUnix)(unsafe.Pointer(&s.raw))
	abstract := path != "" && path[0] == 0
	if len(path) > len(sa.Path) || len(path) == len(sa.Path) && !abstract {
		return false
	}
	*sa = unix.RawSockaddrUnix{Family: unix.AF_UNIX}
	for i := range len(path) {
		sa.Path[i] = int8(path[i])
	}
	s.len = uint32(2 + len(path))
	if path != "" && !abstract {
		s.len++ // the NUL at the end
	}
	return true
}

// AddrPort returns the IP address and port, an IPv4 address unmapped and without a zone, and the index of the interface for the zone, mostly 0.
func (s *Sockaddr) AddrPort() (ap netip.AddrPort, zone uint32) {
	switch s.Family() {
	case unix.AF_INET:
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw))
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), port(&sa.Port)), 0
	case unix.AF_INET6:
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(&s.raw))
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), port(&sa.Port)), sa.Scope_id
	}
	return netip.AddrPort{}, 0
}

// Path returns the UNIX path, lent until s changes; empty for a socket without a name.
func (s *Sockaddr) Path() []byte {
	if s.Family() != unix.AF_UNIX || s.len <= 2 {
		return nil
	}
	sa := (*unix.RawSockaddrUnix)(unsafe.Pointer(&s.raw))
	b := unsafe.Slice((*byte)(unsafe.Pointer(&sa.Path[0])), min(int(s.len)-2, len(sa.Path)))
	if b[0] == 0 {
		return b
	}
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

// The port is in network order whatever the machine's.
func putPort(p *uint16, port uint16) {
	b := (*[2]byte)(unsafe.Pointer(p))
	b[0], b[1] = byte(port>>8), byte(port)
}

func port(p *uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(p))
	return uint16(b[0])<<8 | uint16(b[1])
}
