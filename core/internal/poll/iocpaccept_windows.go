// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/protocol"
)

// addrSpace is what AcceptEx wants for an address, in bytes.
const addrSpace = unsafe.Sizeof(windows.RawSockaddrAny{}) + 16

// An acceptAhead is one accept of a listener, under way most of the time, into a socket that was made for it.
type acceptAhead struct {
	l   *iocpListener
	op  *op // nil when it is not under way
	fd  windows.Handle
	pin runtime.Pinner // of buf, while it is
	buf *[2 * addrSpace]byte
}

func (a *acceptAhead) start() error {
	l := a.l
	fd, err := openSocket(l.family, windows.SOCK_STREAM)
	if err != nil {
		return err
	}
	if a.buf == nil {
		a.buf = new([2 * addrSpace]byte)
	}
	o := l.p.ops.get(a)
	a.pin.Pin(a.buf)
	var n uint32
	err = windows.AcceptEx(l.fd, fd, &a.buf[0], 0, uint32(addrSpace), uint32(addrSpace), &n, o.start())
	if _, err = l.p.ops.started(o, false, err); err != nil {
		a.pin.Unpin()
		l.p.ops.put(o)
		windows.Closesocket(fd)
		return sysError("AcceptEx", err)
	}
	a.op, a.fd = o, fd
	return nil
}

func (a *acceptAhead) completed(o *op) {
	l := a.l
	a.op = nil
	a.pin.Unpin()
	defer l.p.ops.put(o)
	if l.closed {
		windows.Closesocket(a.fd)
		return
	}
	err := o.err(l.fd, "AcceptEx")
	if err == nil {
		err = sysError("setsockopt", windows.Setsockopt(a.fd, windows.SOL_SOCKET, windows.SO_UPDATE_ACCEPT_CONTEXT, (*byte)(unsafe.Pointer(&l.fd)),
			int32(unsafe.Sizeof(l.fd))))
	}
	switch {
	case err == nil:
		l.accepted(a.socket())
	case errors.Is(err, windows.ERROR_OPERATION_ABORTED): // by Pause
		windows.Closesocket(a.fd)
	default:
		windows.Closesocket(a.fd)
		l.failed(err)
	}
	l.arm()
}

// socket returns the socket that was accepted into.
func (a *acceptAhead) socket() Socket {
	if a.l.family == windows.AF_UNIX {
		return Socket{FD: int(a.fd), Local: a.l.local, Remote: protocol.UNIXAddr("")}
	}
	var local, remote *windows.RawSockaddrAny
	var n, m int32
	windows.GetAcceptExSockaddrs(&a.buf[0], 0, uint32(addrSpace), uint32(addrSpace), &local, &n, &remote, &m)
	return Socket{FD: int(a.fd), Local: a.l.p.address(local, true), Remote: a.l.p.address(remote, true)}
}

var _ completer = (*acceptAhead)(nil)
