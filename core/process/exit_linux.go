// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"golang.org/x/sys/unix"
)

// An exitWatch tells when a child has exited: by a pidfd, which the loop watches, or, where there is none, by a goroutine that waits without reaping.
type exitWatch struct {
	fd      int // -1 without one
	t       *Transport
	watched bool
}

func (e *exitWatch) FileDescriptor() int { return e.fd }

func (e *exitWatch) DoRead() error {
	e.t.hasExited()
	return nil
}

func (e *exitWatch) ConnectionLost(error) { e.watched = false }

func (e *exitWatch) close() {
	if e.fd >= 0 {
		unix.Close(e.fd)
		e.fd = -1
	}
}

// watch has the transport told of the exit.
func (ch *child) watch(t *Transport) {
	e := &ch.exit
	e.t = t
	if e.fd >= 0 && t.r.AddReader(e) == nil {
		e.watched = true
		return
	}
	e.close()
	pid := ch.pid
	go func() { // ends with the child
		for {
			if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != unix.EINTR {
				break
			}
		}
		t.r.CallFromThread(t.hasExited)
	}()
}

func (ch *child) unwatch(t *Transport) {
	if ch.exit.watched {
		ch.exit.watched = false
		t.r.RemoveReader(&ch.exit)
	}
}
