// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/protocol"
)

// An iocpAttempt is a connection attempt.
type iocpAttempt struct {
	p      *iocp
	h      DialHandler
	fd     windows.Handle
	to     target
	closed bool // or its outcome is known
}

func (p *iocp) Dial(cfg *DialConfig, h DialHandler) (Attempt, error) {
	switch {
	case p.gone:
		return nil, net.ErrClosed
	case cfg.AdoptFD != 0:
		return nil, ErrUnsupported
	}
	t, err := parse(cfg.Network, cfg.Address, "tcp", "unix")
	if err != nil {
		return nil, err
	}
	if !t.unix && !t.ap.Addr().IsValid() { // as package net does, an empty host means this one
		t.ap = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), t.ap.Port())
	}
	a := &iocpAttempt{p: p, h: h, to: t}
	if a.fd, err = a.open(cfg); err != nil {
		return nil, err
	}
	if err := p.bind(a.fd); err != nil {
		windows.Closesocket(a.fd)
		return nil, err
	}
	p.care[a] = struct{}{}
	o := p.ops.get(a)
	err = windows.ConnectEx(a.fd, p.sockaddr(t), nil, 0, nil, o.start())
	if _, err = p.ops.started(o, false, err); err != nil {
		p.ops.put(o)
		p.later(func() { a.end(sysError("ConnectEx", err)) })
	}
	return a, nil
}

// open opens a socket that is bound, as ConnectEx wants it.
func (a *iocpAttempt) open(cfg *DialConfig) (windows.Handle, error) {
	t, b := a.to, winBinding{kind: windows.SOCK_STREAM}
	if t.unix {
		return b.open(a.p, target{unix: true}) // to no name
	}
	ip := netip.IPv4Unspecified()
	if t.ap.Addr().Is6() {
		ip = netip.IPv6Unspecified()
	}
	if cfg.Local == "" {
		return b.open(a.p, target{ap: netip.AddrPortFrom(ip, 0)})
	}
	local, err := parse("tcp", cfg.Local, "tcp", "unix")
	if err == nil {
		if !local.ap.Addr().IsValid() {
			local = local.wildcard(ip)
		}
		var fd windows.Handle
		if fd, err = b.open(a.p, local); err == nil {
			return fd, nil
		}
	}
	return 0, &protocol.ConnectError{Class: protocol.ErrConnectBind, Addr: cfg.Address, Err: err}
}

func (a *iocpAttempt) completed(o *op) {
	defer a.p.ops.put(o)
	if a.closed {
		return
	}
	err := o.err(a.fd, "ConnectEx")
	if err == nil {
		err = sysError("setsockopt", windows.Setsockopt(a.fd, windows.SOL_SOCKET, windows.SO_UPDATE_CONNECT_CONTEXT, nil, 0))
	}
	a.end(err)
}

// end tells the outcome.
func (a *iocpAttempt) end(err error) {
	if a.closed {
		return
	}
	s := Socket{FD: int(a.fd), Local: protocol.UNIXAddr(""), Remote: protocol.UNIXAddr(a.to.path)}
	if err == nil && !a.to.unix {
		s.Remote, err = a.p.name(getpeername, a.fd, true)
		if err == nil {
			s.Local, err = a.p.name(getsockname, a.fd, true)
		}
		if err == nil && s.Local == s.Remote {
			// TCP lets a socket connect to itself when the system happens to give it the port that it asks for: nobody listens there.
			err = sysError("ConnectEx", syscall.ECONNREFUSED)
		}
	}
	if err == nil {
		homes.Store(a.fd, a.p)
	} else {
		a.Close()
		s = Socket{}
	}
	a.closed = true
	delete(a.p.care, a)
	a.p.upcalls++
	a.h.Dialed(s, err)
}

func (a *iocpAttempt) Close() {
	if !a.closed {
		a.closed = true
		delete(a.p.care, a)
		windows.Closesocket(a.fd)
	}
}

func (a *iocpAttempt) shut() { a.Close() }

var (
	_ Attempt   = (*iocpAttempt)(nil)
	_ completer = (*iocpAttempt)(nil)
)
