// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// acceptPause is how long a listener waits after the system ran out of descriptors or memory.
const acceptPause = 100 * time.Millisecond

// A listener is a listening socket under a readiness poller.
type listener struct {
	p     *readiness
	h     AcceptHandler
	fd    int // -1 when closed
	gen   uint32
	local protocol.Addr
	exact bool // every connection's local address is local

	burst   burst
	watched bool // in the selector
	armed   bool // the selector tells of connections
	paused  bool // by Pause
	resting bool // by an error, until a timer ends it
	failing bool // an error was reported and nothing has been accepted since
	dead    bool // the socket itself failed
}

func (p *readiness) Listen(cfg *ListenConfig, h AcceptHandler) (Listener, error) {
	fd, err := p.listenSocket(cfg)
	if err != nil {
		return nil, err
	}
	l := &listener{p: p, h: h, fd: fd, burst: 100, watched: true, armed: true}
	if l.local, err = p.localName(fd, true); err == nil {
		l.gen, err = p.register(fd, l, evIn)
	}
	if err != nil {
		sys.Close(fd)
		return nil, err
	}
	if cfg.Paused {
		l.Pause()
	}
	l.exact = l.local.Network() == "unix" || !l.local.AddrPort().Addr().IsUnspecified()
	return l, nil
}

func (p *readiness) listenSocket(cfg *ListenConfig) (int, error) {
	if cfg.AdoptFD != 0 {
		fd, err := adopt(cfg.AdoptFD, unix.SOCK_STREAM)
		if err == nil && !sys.Listening(fd) {
			sys.Close(fd)
			return -1, os.NewSyscallError("adopt", syscall.EINVAL)
		}
		return fd, err
	}
	t, err := parse(cfg.Network, cfg.Address, "tcp", "unix")
	if err != nil {
		return -1, err
	}
	fd, err := binding{kind: unix.SOCK_STREAM, reuseAddr: true, reusePort: cfg.ReusePort, v6Only: cfg.V6Only, mode: cfg.Mode}.open(p, t)
	if err != nil {
		return -1, err
	}
	if err := sys.Listen(fd, cfg.Backlog); err != nil {
		sys.Close(fd)
		if t.unix && hasFile(t.path) {
			os.Remove(t.path)
		}
		return -1, os.NewSyscallError("listen", err)
	}
	return fd, nil
}

func (l *listener) ready(ev uint32) {
	if !l.armed && ev&(evErr|evHup) != 0 { // reported unasked as long as it lasts; it comes back with Resume
		l.unwatch()
		return
	}
	l.burst.used(l.take(l.burst.limit()))
	l.arm()
}

// Drain delivers the connections that wait in the queue, at once: closing would reset them.
func (l *listener) Drain() { l.take(maxDrained) }

// maxDrained bounds Drain where connections come as fast as they are taken. It is the longest queue that Linux makes by default.
const maxDrained = 4096

// take accepts at most limit connections and returns how many there were.
func (l *listener) take(limit int) (n int) {
	for n < limit && l.fd >= 0 && !l.paused && !l.resting && !l.dead {
		fd, errno := sys.Accept(l.fd, &l.p.addr)
		if wouldBlock(errno) {
			break
		}
		n++
		if errno != 0 {
			l.failed(errno)
			continue
		}
		l.accepted(fd)
	}
	return n
}

func (l *listener) accepted(fd int) {
	if err := l.p.fits(fd); err != nil {
		sys.Close(fd)
		l.report(err, true)
		return
	}
	s := Socket{FD: fd, Local: l.local, Remote: l.p.address(&l.p.addr, true)}
	if !l.exact {
		local, err := l.p.localName(fd, true)
		if err != nil {
			sys.Close(fd)
			return
		}
		s.Local = local
	}
	l.failing = false
	l.p.upcalls++
	l.h.Accepted(s)
}

func (l *listener) failed(errno syscall.Errno) {
	class := sys.ClassifyAccept(errno)
	switch class {
	case sys.AcceptSkip:
		return
	case sys.AcceptNoFiles:
		l.refuse()
		l.rest()
	case sys.AcceptNoMemory:
		l.rest()
	case sys.AcceptFatal:
		l.dead = true
	}
	l.report(os.NewSyscallError("accept", errno), class != sys.AcceptFatal)
}

// report tells of the first failure of a series.
func (l *listener) report(err error, retry bool) {
	if !l.failing {
		l.failing = true
		l.p.upcalls++
		l.h.AcceptFailed(err, retry)
	}
}

// refuse gives up the reserve to take the waiting connections and close them: their peers learn at once that nobody will serve them.
func (l *listener) refuse() {
	if l.p.reserve < 0 {
		l.p.reserve = openReserve()
		return
	}
	sys.Close(l.p.reserve)
	for range maxRefused {
		fd, errno := sys.Accept(l.fd, &l.p.addr)
		if errno != 0 {
			break
		}
		sys.Close(fd)
	}
	l.p.reserve = openReserve()
}

// maxRefused bounds refuse, for the sake of the poller's other work.
const maxRefused = 1000

// openReserve opens a descriptor that can be given up; -1 when not even that is possible.
func openReserve() int {
	fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	return fd
}

func (l *listener) rest() {
	l.resting = true
	l.p.after(acceptPause, func() {
		l.resting = false
		l.arm()
	})
}

// arm makes the selector watch, or not, as the state demands.
func (l *listener) arm() {
	want := !l.paused && !l.resting && !l.dead
	if l.fd < 0 || want == l.armed {
		return
	}
	var err error
	switch {
	case l.dead: // errors are reported unasked
		l.unwatch()
	case !want:
		err = l.p.sel.mod(l.fd, l.gen, 0)
	case l.watched:
		err = l.p.sel.mod(l.fd, l.gen, evIn)
	default:
		err = l.p.sel.add(l.fd, l.gen, evIn)
		l.watched = err == nil
	}
	if err == nil {
		l.armed = want
	}
}

func (l *listener) unwatch() {
	if l.watched {
		l.p.sel.del(l.fd)
		l.watched = false
	}
}

func (l *listener) Addr() protocol.Addr { return l.local }

func (l *listener) Pause() {
	l.paused = true
	l.arm()
}

func (l *listener) Resume() {
	l.paused = false
	l.arm()
}

func (l *listener) Control(f func(fd uintptr)) error {
	if l.fd < 0 {
		return net.ErrClosed
	}
	f(uintptr(l.fd))
	return nil
}

// Close closes without shutdown(2), which would end an adopted listener for its other owners too.
func (l *listener) Close() error {
	if l.fd < 0 {
		return net.ErrClosed
	}
	l.p.drop(l.fd, l.gen, l.watched)
	fd := l.fd
	l.fd = -1
	return sysError("close", sys.Close(fd))
}

func (l *listener) release() {
	sys.Close(l.fd)
	l.fd = -1
}

// A burst adapts how much is taken in one pass to how much was there in the last: all used, and it grows; else it becomes what was used, which saves the
// call that would find nothing. Being level-triggered, the selector tells of what is left.
type burst int

const maxBurst = 1000

func (b burst) limit() int { return int(b) }

func (b *burst) used(n int) {
	if n >= int(*b) {
		*b = min(*b+20, maxBurst)
	} else {
		*b = burst(max(n, 1))
	}
}

var _ Listener = (*listener)(nil)
