// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// dialRetry is how soon a UNIX connection is tried again when the listener's queue is full, of which the system sends no notice.
const dialRetry = 10 * time.Millisecond

// An attempt is a connection attempt of a readiness poller.
type attempt struct {
	p       *readiness
	h       DialHandler
	fd      int // -1 when over
	gen     uint32
	watched bool
	to      sys.Sockaddr
}

func (p *readiness) Dial(cfg *DialConfig, h DialHandler) (Attempt, error) {
	if p.gone {
		return nil, net.ErrClosed
	}
	a := &attempt{p: p, h: h}
	if cfg.AdoptFD != 0 {
		fd, err := adopt(cfg.AdoptFD, unix.SOCK_STREAM)
		if err != nil {
			return nil, err
		}
		if err := a.own(fd); err != nil {
			return nil, err
		}
		p.later(a.connected)
		return a, nil
	}
	if err := a.open(cfg); err != nil {
		return nil, err
	}
	a.connect()
	return a, nil
}

// open opens the socket, bound to the local address if one is given.
func (a *attempt) open(cfg *DialConfig) error {
	t, err := parse(cfg.Network, cfg.Address, "tcp", "unix")
	if err != nil {
		return err
	}
	family := unix.AF_INET
	switch {
	case t.unix:
		family = unix.AF_UNIX
	case !t.ap.Addr().IsValid(): // as package net does, an empty host means this one
		t.ap = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), t.ap.Port())
	case t.ap.Addr().Is6():
		family = unix.AF_INET6
	}
	if !a.p.fill(&a.to, family, t) {
		return os.NewSyscallError("connect", syscall.EINVAL)
	}
	var fd int
	if cfg.Local != "" && !t.unix {
		fd, err = a.bound(cfg, family)
	} else {
		fd, err = sys.Socket(family, unix.SOCK_STREAM)
		err = os.NewSyscallError("socket", err)
	}
	if err != nil {
		return err
	}
	return a.own(fd)
}

// own makes the poller's Close find the socket even while it is not watched. On error the socket is closed.
func (a *attempt) own(fd int) error {
	if err := a.p.fits(fd); err != nil {
		sys.Close(fd)
		return err
	}
	a.fd, a.gen = fd, a.p.next()
	a.p.occupy(fd, a.gen, a)
	return nil
}

func (a *attempt) bound(cfg *DialConfig, family int) (int, error) {
	local, err := parse("tcp", cfg.Local, "tcp", "unix")
	if err == nil {
		var fd int
		if !local.ap.Addr().IsValid() {
			ip := netip.IPv4Unspecified()
			if family == unix.AF_INET6 {
				ip = netip.IPv6Unspecified()
			}
			local.ap = netip.AddrPortFrom(ip, local.ap.Port())
		}
		// The port of an earlier connection is not in use only because it waits for its last packets to die.
		fd, err = binding{kind: unix.SOCK_STREAM, reuseAddr: local.ap.Port() != 0}.openAs(a.p, local, family, false)
		if err == nil {
			return fd, nil
		}
	}
	return -1, &protocol.ConnectError{Class: protocol.ErrConnectBind, Addr: cfg.Address, Err: err}
}

func (a *attempt) connect() {
	if a.fd < 0 {
		return
	}
	errno := sys.Connect(a.fd, &a.to)
	switch {
	case errno == 0:
		a.p.later(a.connected)
	case errno == syscall.EINPROGRESS || errno == syscall.EINTR:
		if err := a.p.sel.add(a.fd, a.gen, evOut); err != nil {
			a.p.later(func() { a.fail(err) })
			return
		}
		a.watched = true
	case errno == syscall.EAGAIN && a.to.Family() == unix.AF_UNIX:
		a.p.after(dialRetry, a.connect)
	default:
		a.p.later(func() { a.fail(os.NewSyscallError("connect", errno)) })
	}
}

func (a *attempt) ready(uint32) {
	if errno := sys.PendingError(a.fd); errno != 0 {
		a.fail(os.NewSyscallError("connect", errno))
		return
	}
	a.connected()
}

func (a *attempt) connected() {
	if a.fd < 0 {
		return
	}
	remote, err := a.p.peerName(a.fd, true)
	if err != nil {
		a.fail(err)
		return
	}
	local, err := a.p.localName(a.fd, true)
	if err != nil {
		a.fail(err)
		return
	}
	if local == remote && local.Network() == "tcp" {
		// TCP lets a socket connect to itself when the system happens to give it the port that it asks for: nobody listens there.
		a.fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
		return
	}
	a.p.drop(a.fd, a.gen, a.watched)
	s := Socket{FD: a.fd, Local: local, Remote: remote}
	a.fd = -1
	a.p.upcalls++
	a.h.Dialed(s, nil)
}

func (a *attempt) fail(err error) {
	if a.fd < 0 {
		return
	}
	a.Close()
	a.p.upcalls++
	a.h.Dialed(Socket{}, err)
}

func (a *attempt) Close() {
	if a.fd < 0 {
		return
	}
	a.p.drop(a.fd, a.gen, a.watched)
	sys.Close(a.fd)
	a.fd = -1
}

func (a *attempt) release() {
	sys.Close(a.fd)
	a.fd = -1
}

var _ Attempt = (*attempt)(nil)
