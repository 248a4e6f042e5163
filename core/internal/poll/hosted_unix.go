// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"math"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Prepare makes the poller count as sleeping, which it is until the next Poll: Wake interrupts the selector, and so does nudge.
func (p *readiness) Prepare(timeout time.Duration) time.Duration {
	if p.gone {
		return 0
	}
	p.packets.flush()
	if timeout = p.limit(timeout); timeout == 0 {
		return 0
	}
	if !p.state.CompareAndSwap(running, sleeping) && p.state.Load() == woken {
		return 0
	}
	if p.sel.prepare() {
		p.state.CompareAndSwap(sleeping, running)
		return 0
	}
	return timeout
}

// Wait looks at the state first: a Wake that came before the selector was prepared is told there only.
func (p *readiness) Wait(timeout time.Duration) error {
	if p.state.Load() != sleeping {
		return nil
	}
	p.wakeMu.Lock()
	gone := p.gone
	p.wakeMu.Unlock()
	if gone {
		return net.ErrClosed
	}
	return p.sel.await(timeout)
}

// nudge ends a Wait that is under way, for something new that the selector does not know of. Inside Poll it does nothing.
func (p *readiness) nudge() {
	if p.state.Load() == sleeping {
		p.Wake()
	}
}

// awaitReadable waits until a descriptor can be read.
func awaitReadable(fd int, timeout time.Duration) error {
	_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: evIn}}, milliseconds(timeout))
	if err == unix.EINTR {
		return nil
	}
	return os.NewSyscallError("poll", err)
}

// milliseconds rounds up, so that no wait ends too early.
func milliseconds(d time.Duration) int {
	if d < 0 {
		return -1
	}
	return int(min((d+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
}
