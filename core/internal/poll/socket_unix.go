// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"io/fs"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

func closeFD(fd int) error { return sysError("close", sys.Close(fd)) }

func sysError(call string, errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return os.NewSyscallError(call, errno)
}

// address converts the system's address. The zone of an IPv6 address is looked up once an interface.
func (p *readiness) address(a *sys.Sockaddr, stream bool) protocol.Addr {
	if a.Family() == unix.AF_UNIX {
		if stream {
			return protocol.UNIXAddr(string(a.Path()))
		}
		return protocol.UNIXDatagramAddr(string(a.Path()))
	}
	ap, index := a.AddrPort()
	if index != 0 {
		ap = netip.AddrPortFrom(ap.Addr().WithZone(p.zones.name(index)), ap.Port())
	}
	if !ap.IsValid() {
		return protocol.Addr{}
	}
	if stream {
		return protocol.TCPAddr(ap)
	}
	return protocol.UDPAddr(ap)
}

// localName and peerName return the addresses of a socket.
func (p *readiness) localName(fd int, stream bool) (protocol.Addr, error) {
	if errno := sys.LocalName(fd, &p.addr); errno != 0 {
		return protocol.Addr{}, os.NewSyscallError("getsockname", errno)
	}
	return p.address(&p.addr, stream), nil
}

func (p *readiness) peerName(fd int, stream bool) (protocol.Addr, error) {
	if errno := sys.PeerName(fd, &p.addr); errno != 0 {
		return protocol.Addr{}, os.NewSyscallError("getpeername", errno)
	}
	return p.address(&p.addr, stream), nil
}

// adopt duplicates a socket that was opened elsewhere and checks its type.
func adopt(fd, kind int) (int, error) {
	n, err := sys.Duplicate(fd)
	if err != nil {
		return -1, os.NewSyscallError("dup", err)
	}
	k, err := sys.Kind(n)
	if err == nil && k != kind {
		err = syscall.EPROTOTYPE
	}
	if err != nil {
		sys.Close(n)
		return -1, os.NewSyscallError("adopt", err)
	}
	return n, nil
}

// A binding is how to open a socket that is bound to a target.
type binding struct {
	kind      int // unix.SOCK_STREAM or unix.SOCK_DGRAM
	reuseAddr bool
	reusePort bool
	v6Only    bool
	mode      fs.FileMode // of a UNIX socket's file; 0 leaves it alone
}

// open opens a socket and binds it. An empty host is the wildcard of both families where the network does not say which, of IPv4 where there is
// no IPv6 or no socket for both.
func (b binding) open(p *readiness, t target) (int, error) {
	if t.unix {
		return b.openAs(p, t, unix.AF_UNIX, false)
	}
	ip := t.ap.Addr()
	if ip.IsValid() {
		family := unix.AF_INET6
		if ip.Is4() {
			family = unix.AF_INET
		}
		return b.openAs(p, t, family, ip == netip.IPv6Unspecified() && !t.v6 && sys.MapsIPv4)
	}
	if t.v4 || !sys.MapsIPv4 && !t.v6 && !b.v6Only {
		t.ap = netip.AddrPortFrom(netip.IPv4Unspecified(), t.ap.Port())
		return b.openAs(p, t, unix.AF_INET, false)
	}
	six := t
	six.ap = netip.AddrPortFrom(netip.IPv6Unspecified(), t.ap.Port())
	fd, err := b.openAs(p, six, unix.AF_INET6, !t.v6 && sys.MapsIPv4)
	if err == nil || t.v6 || !noIPv6(err) {
		return fd, err
	}
	t.ap = netip.AddrPortFrom(netip.IPv4Unspecified(), t.ap.Port())
	return b.openAs(p, t, unix.AF_INET, false)
}

func noIPv6(err error) bool {
	e, ok := err.(*os.SyscallError)
	return ok && (e.Err == syscall.EAFNOSUPPORT || e.Err == syscall.EADDRNOTAVAIL)
}

func (b binding) openAs(p *readiness, t target, family int, dual bool) (fd int, err error) {
	fd, err = sys.Socket(family, b.kind)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	defer func() {
		if err != nil {
			sys.Close(fd)
			fd = -1
		}
	}()
	var errno syscall.Errno
	set := func(on bool, level, name, value int) {
		if on && errno == 0 {
			errno = sys.SetInt(fd, level, name, value)
		}
	}
	set(b.reuseAddr && !t.unix, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	reusePort := unix.SO_REUSEPORT
	if b.kind == unix.SOCK_STREAM {
		reusePort = sys.ReusePort
	}
	set(b.reusePort && !t.unix, unix.SOL_SOCKET, reusePort, 1)
	set(b.v6Only && family == unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
	set(dual && !b.v6Only, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0)
	if errno != 0 {
		return fd, os.NewSyscallError("setsockopt", errno)
	}
	if t.unix && t.path == "" {
		return fd, nil
	}
	if !p.fill(&p.addr, family, t) {
		return fd, os.NewSyscallError("bind", syscall.EINVAL)
	}
	bind := func() error { return sysError("bind", sys.Bind(fd, &p.addr)) }
	if t.unix {
		return fd, bindMode(fd, t.path, b.mode, bind)
	}
	return fd, bind()
}

func (p *readiness) fill(a *sys.Sockaddr, family int, t target) bool {
	if t.unix {
		return a.SetPath(t.path)
	}
	return a.SetAddrPort(family, t.ap, p.zones.index(t.ap.Addr().Zone()))
}
