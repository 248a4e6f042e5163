// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// prepare submits what is wanted and takes what is there. From here on the bell tells of anything else.
//
// The bell, and not the ring's own descriptor: it stays when the poller moves to another ring during the await, and it is told of work that is deferred until the
// ring's thread enters, which the descriptor of a ring need not be.
func (u *rings) prepare() bool {
	if !u.rung {
		if u.deaf = u.hang(); u.deaf != nil {
			return false
		}
	}
	u.rouse.Store(int32(u.bell))
	var rings [8]byte
	_, _ = unix.Read(u.bell, rings[:])
	n, err := u.wait(0)
	return n > 0 || err != nil // which Poll meets in its turn
}

// hang hangs up the bell, where the ring belongs to another thread by moving to a new one.
func (u *rings) hang() error {
	err := u.ring.Notify(u.bell)
	u.rung = err == nil || errors.Is(err, unix.EEXIST)
	if err == nil || !u.rung {
		return err
	}
	if err = u.move(); err == errMoved {
		return nil
	}
	u.rung = false
	return err
}

func (u *rings) await(timeout time.Duration) error {
	if u.deaf != nil {
		return u.deaf
	}
	return awaitReadable(u.bell, timeout)
}
