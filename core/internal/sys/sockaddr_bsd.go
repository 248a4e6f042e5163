// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// A Sockaddr is a socket address in the form of package unix, which writes the systems' layouts. The zero value is empty, ready to be filled by a call or a Set method.
type Sockaddr struct {
	family int
	in4    unix.SockaddrInet4
	in6    unix.SockaddrInet6
	un     unix.SockaddrUnix
}

// Family returns AF_INET, AF_INET6, AF_UNIX or, when empty, AF_UNSPEC.
func (s *Sockaddr) Family() int { return s.family }

// Clear makes s empty.
func (s *Sockaddr) Clear() { s.family = unix.AF_UNSPEC }

// system returns s as package unix takes it, nil when it is empty.
func (s *Sockaddr) system() unix.Sockaddr {
	switch s.family {
	case unix.AF_INET:
		return &s.in4
	case unix.AF_INET6:
		return &s.in6
	case unix.AF_UNIX:
		return &s.un
	}
	return nil
}

// set makes s what a call returned; of a family that nobody here opens sockets of, it becomes empty.
func (s *Sockaddr) set(sa unix.Sockaddr) {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		s.family, s.in4.Addr, s.in4.Port = unix.AF_INET, sa.Addr, sa.Port
	case *unix.SockaddrInet6:
		s.family, s.in6.Addr, s.in6.Port, s.in6.ZoneId = unix.AF_INET6, sa.Addr, sa.Port, sa.ZoneId
	case *unix.SockaddrUnix:
		s.family, s.un.Name = unix.AF_UNIX, sa.Name
	default:
		s.Clear()
	}
}

// SetAddrPort fills s for a socket of the given family. An IPv4 address for AF_INET6 is mapped. zone is the index of the interface
// for an IPv6 address with a zone, else 0. It returns false when ap does not fit the family.
func (s *Sockaddr) SetAddrPort(family int, ap netip.AddrPort, zone uint32) bool {
	ip := ap.Addr()
	switch {
	case family == unix.AF_INET && ip.Unmap().Is4():
		s.in4.Addr, s.in4.Port = ip.Unmap().As4(), int(ap.Port())
	case family == unix.AF_INET6 && ip.IsValid():
		s.in6.Addr, s.in6.Port, s.in6.ZoneId = ip.As16(), int(ap.Port()), zone
	default:
		return false
	}
	s.family = family
	return true
}

// SetPath fills s with a UNIX address. It returns false when path is too long, or has a NUL: there is no abstract namespace here.
func (s *Sockaddr) SetPath(path string) bool {
	if len(path) >= len(unix.RawSockaddrUnix{}.Path) || strings.IndexByte(path, 0) >= 0 {
		return false
	}
	s.family, s.un.Name = unix.AF_UNIX, path
	return true
}

// AddrPort returns the IP address and port, an IPv4 address unmapped and without a zone, and the index of the interface for the zone, mostly 0.
func (s *Sockaddr) AddrPort() (ap netip.AddrPort, zone uint32) {
	switch s.family {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4(s.in4.Addr), uint16(s.in4.Port)), 0
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.in6.Addr).Unmap(), uint16(s.in6.Port)), s.in6.ZoneId
	}
	return netip.AddrPort{}, 0
}

// Path returns the UNIX path; empty for a socket without a name.
func (s *Sockaddr) Path() []byte {
	if s.family != unix.AF_UNIX || s.un.Name == "" {
		return nil
	}
	return []byte(s.un.Name)
}
