// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// startSockets starts Windows Sockets, which are never stopped.
var startSockets = sync.OnceValue(func() error {
	var d windows.WSAData
	return sysError("WSAStartup", windows.WSAStartup(0x202, &d))
})

// sysError is the error of a system call, which matches the common number too; nil if there is none.
func sysError(call string, err error) error {
	if err == nil {
		return nil
	}
	return common(os.NewSyscallError(call, err))
}

// What package windows does not name.
const (
	soExclusiveAddrUse = ^windows.SO_REUSEADDR
	fionbio            = 0x8004667e
	sdSend             = 1
)

// openSocket opens a socket for overlapped operations that no child inherits.
func openSocket(family, kind int) (windows.Handle, error) {
	fd, err := windows.WSASocket(int32(family), int32(kind), 0, nil, 0, windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT)
	return fd, sysError("socket", err)
}

// nonblocking has the calls that are no operations not wait.
func nonblocking(fd windows.Handle) error {
	on, n := uint32(1), uint32(0)
	return sysError("ioctlsocket", windows.WSAIoctl(fd, fionbio, (*byte)(unsafe.Pointer(&on)), 4, nil, 0, &n, nil, 0))
}

// bind has the operations of a socket complete in the poller's port.
func (p *iocp) bind(fd windows.Handle) error {
	_, err := windows.CreateIoCompletionPort(fd, p.port, 0, 0)
	return sysError("CreateIoCompletionPort", err)
}

// rebind is bind for a socket that was dialed, by a poller of which the port may be another.
func (p *iocp) rebind(fd windows.Handle) error {
	switch home, ok := homes.LoadAndDelete(fd); {
	case !ok:
		return p.bind(fd)
	case home == p:
		return nil
	}
	info := struct {
		port windows.Handle
		key  uintptr
	}{port: p.port}
	var status windows.IO_STATUS_BLOCK
	err := windows.NtSetInformationFile(fd, &status, (*byte)(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), fileReplaceCompletionInformation)
	return sysError("NtSetInformationFile", err)
}

const fileReplaceCompletionInformation = 61

// quickSuccess reports whether a TCP socket can do without a completion where an operation ends at once: all providers have to be the system's, not layers
// that put handles of their own in front.
var quickSuccess = sync.OnceValue(func() bool {
	protocols := [2]int32{windows.IPPROTO_TCP, 0}
	var infos [32]windows.WSAProtocolInfo
	size := uint32(unsafe.Sizeof(infos))
	n, err := windows.WSAEnumProtocols(&protocols[0], &infos[0], &size)
	if err != nil {
		return false
	}
	for _, info := range infos[:n] {
		if info.ServiceFlags1&windows.XP1_IFS_HANDLES == 0 {
			return false
		}
	}
	return true
})

// A winBinding is how to open a socket that is bound to a target.
type winBinding struct {
	kind      int  // windows.SOCK_STREAM or windows.SOCK_DGRAM
	shared    bool // with others that say so too
	exclusive bool // nobody else is to get the port, whatever he says
	v6Only    bool
}

// open opens a socket and binds it. An empty host is the wildcard of both families where the network does not say which, of IPv4 where there is no IPv6.
func (b winBinding) open(p *iocp, t target) (windows.Handle, error) {
	switch ip := t.ap.Addr(); {
	case t.unix:
		return b.openAs(p, t, windows.AF_UNIX)
	case !ip.IsValid() && t.v4:
		return b.openAs(p, t.wildcard(netip.IPv4Unspecified()), windows.AF_INET)
	case ip.Is4():
		return b.openAs(p, t, windows.AF_INET)
	case ip.IsValid():
		return b.openAs(p, t, windows.AF_INET6)
	}
	fd, err := b.openAs(p, t.wildcard(netip.IPv6Unspecified()), windows.AF_INET6)
	if err == nil || t.v6 || !errors.Is(err, syscall.EAFNOSUPPORT) && !errors.Is(err, syscall.EADDRNOTAVAIL) {
		return fd, err
	}
	return b.openAs(p, t.wildcard(netip.IPv4Unspecified()), windows.AF_INET)
}

// wildcard returns t with an address instead of the empty host.
func (t target) wildcard(ip netip.Addr) target {
	t.ap = netip.AddrPortFrom(ip, t.ap.Port())
	return t
}

// openAs opens a socket of a family. Without the option for that, a program of the same user could take its port away.
func (b winBinding) openAs(p *iocp, t target, family int) (windows.Handle, error) {
	fd, err := openSocket(family, b.kind)
	if err != nil {
		return windows.InvalidHandle, err
	}
	set := func(level, name int, on bool) {
		v := 0
		if on {
			v = 1
		}
		if err == nil {
			err = sysError("setsockopt", windows.SetsockoptInt(fd, level, name, v))
		}
	}
	switch {
	case t.unix:
	case b.shared:
		set(windows.SOL_SOCKET, windows.SO_REUSEADDR, true)
	case b.exclusive:
		set(windows.SOL_SOCKET, soExclusiveAddrUse, true)
	}
	if family == windows.AF_INET6 { // the system's default is on
		set(windows.IPPROTO_IPV6, windows.IPV6_V6ONLY, b.v6Only)
	}
	if err == nil {
		err = sysError("bind", windows.Bind(fd, p.sockaddr(t)))
	}
	if err != nil {
		windows.Closesocket(fd)
		return windows.InvalidHandle, err
	}
	return fd, nil
}
