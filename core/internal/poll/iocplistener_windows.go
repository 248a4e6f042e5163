// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"net"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// iocpAccepts is how many accepts of a listener are under way. More connections wait in the backlog.
const iocpAccepts = 8

// iocpPause is how long a listener waits after the system ran out of sockets or memory.
const iocpPause = 100 * time.Millisecond

// An iocpListener is a listening socket of which the system accepts a few connections ahead. Pause cancels that; what it had accepted by then is held, to be
// delivered first.
type iocpListener struct {
	p      *iocp
	h      AcceptHandler
	fd     windows.Handle
	local  protocol.Addr
	family int
	ahead  []*acceptAhead
	held   []Socket
	until  time.Time // resting is over

	collecting bool // what is accepted is to be held
	paused     bool // by Pause
	resting    bool // by an error
	failing    bool // an error was reported and nothing has been accepted since
	dead       bool // the socket itself failed
	keep       bool // Close is to deliver what was accepted
	closed     bool
}

func (p *iocp) Listen(cfg *ListenConfig, h AcceptHandler) (Listener, error) {
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
	fd, err := winBinding{kind: windows.SOCK_STREAM, shared: cfg.ReusePort, exclusive: true, v6Only: cfg.V6Only}.open(p, t)
	if err != nil {
		return nil, err
	}
	l := &iocpListener{p: p, h: h, fd: fd, paused: cfg.Paused, family: windows.AF_INET6}
	if l.local, err = p.name(getsockname, fd, true); err == nil {
		err = p.bind(fd)
	}
	if err == nil {
		err = sysError("listen", windows.Listen(fd, cfg.Backlog))
	}
	if err != nil {
		windows.Closesocket(fd)
		return nil, err
	}
	switch {
	case t.unix:
		l.family, l.local = windows.AF_UNIX, protocol.UNIXAddr(t.path)
	case l.local.AddrPort().Addr().Is4():
		l.family = windows.AF_INET
	}
	for range iocpAccepts {
		l.ahead = append(l.ahead, &acceptAhead{l: l})
	}
	p.care[l] = struct{}{}
	l.arm()
	return l, nil
}

// arm has the system accept, if that is wanted.
func (l *iocpListener) arm() {
	if l.closed || l.paused || l.resting || l.dead || l.collecting {
		return
	}
	for _, a := range l.ahead {
		if a.op == nil {
			if err := a.start(); err != nil {
				l.p.later(func() { l.failed(err) })
				return
			}
		}
	}
}

// accepted delivers a connection or holds it.
func (l *iocpListener) accepted(s Socket) {
	if l.paused || l.collecting || len(l.held) > 0 {
		l.held = append(l.held, s)
		return
	}
	l.failing = false
	l.p.upcalls++
	l.h.Accepted(s)
}

// deliver delivers what was held, as long as it is wanted.
func (l *iocpListener) deliver() {
	for len(l.held) > 0 && !l.paused && !l.closed {
		s := l.held[0]
		l.held = l.held[1:]
		l.failing = false
		l.p.upcalls++
		l.h.Accepted(s)
	}
}

func (l *iocpListener) failed(err error) {
	if l.closed {
		return
	}
	class := sys.ClassifyAccept(err)
	switch class {
	case sys.AcceptNoFiles, sys.AcceptNoMemory:
		if !l.resting {
			l.resting, l.until = true, time.Now().Add(iocpPause)
			l.p.resting = append(l.p.resting, l)
		}
	case sys.AcceptFatal:
		l.dead = true
	}
	if !l.failing && class != sys.AcceptSkip {
		l.failing = true
		l.p.upcalls++
		l.h.AcceptFailed(err, class != sys.AcceptFatal)
	}
	l.arm()
}

// rested ends the pause after an error.
func (l *iocpListener) rested() {
	l.resting = false
	l.arm()
}

func (l *iocpListener) Addr() protocol.Addr { return l.local }

func (l *iocpListener) Pause() {
	l.paused = true
	l.cancel()
}

// cancel has the system end its accepts. They complete nevertheless, some maybe with a connection.
func (l *iocpListener) cancel() {
	if !l.closed && slices.ContainsFunc(l.ahead, func(a *acceptAhead) bool { return a.op != nil && !a.op.landed }) {
		_ = windows.CancelIoEx(l.fd, nil) // it fails when they have ended by themselves
	}
}

func (l *iocpListener) Resume() {
	l.paused = false
	if len(l.held) > 0 {
		l.p.later(l.deliver)
	}
	l.arm()
}

// collect ends what is under way and holds what it had accepted.
func (l *iocpListener) collect() {
	l.collecting = true
	l.cancel()
	for _, a := range l.ahead {
		if a.op != nil {
			l.p.await(a.op)
		}
	}
	l.collecting = false
}

// Drain delivers the connections that wait in the queue, at once: closing would reset them.
func (l *iocpListener) Drain() {
	if l.closed || l.paused || nonblocking(l.fd) != nil {
		return
	}
	l.collect()
	l.deliver()
	for n := 0; n < iocpDrained && !l.paused && !l.closed; n++ {
		r, _, _ := syscall.SyscallN(accept.Addr(), uintptr(l.fd), 0, 0)
		fd := windows.Handle(r)
		if fd == windows.InvalidHandle {
			break
		}
		local, err := l.p.name(getsockname, fd, true)
		remote, err2 := l.p.name(getpeername, fd, true)
		if err != nil || err2 != nil {
			windows.Closesocket(fd)
			continue
		}
		l.accepted(Socket{FD: int(fd), Local: local, Remote: remote})
	}
	l.arm()
}

// iocpDrained bounds Drain where connections come as fast as they are taken.
const iocpDrained = 4096

// Keep has Close deliver the connections that have been accepted and not delivered: they are in no queue any more.
func (l *iocpListener) Keep() { l.keep = true }

func (l *iocpListener) Control(f func(fd uintptr)) error {
	if l.closed {
		return net.ErrClosed
	}
	f(uintptr(l.fd))
	return nil
}

func (l *iocpListener) Close() error {
	if l.closed {
		return net.ErrClosed
	}
	if l.keep {
		l.collect()
	}
	l.closed = true
	delete(l.p.care, l)
	err := sysError("closesocket", windows.Closesocket(l.fd))
	held := l.held
	l.held = nil
	for _, s := range held {
		if !l.keep {
			_ = CloseSocket(s)
			continue
		}
		l.p.upcalls++
		l.h.Accepted(s)
	}
	return err
}

func (l *iocpListener) shut() {
	l.keep = false
	l.Close()
}

var _ Listener = (*iocpListener)(nil)
