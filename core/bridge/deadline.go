// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge

import (
	"errors"
	"time"
)

var errNoHalfClose = errors.New("the transport cannot close one direction alone")

// A deadline is one of a Conn's two. Its fields are guarded by the Conn's mutex.
type deadline struct {
	c       *Conn
	timer   *time.Timer
	turn    int // counts the calls of set, so that a timer that fired too late to be stopped does nothing
	expired bool
}

func (d *deadline) set(t time.Time) {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.turn++
	d.expired = false
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		d.expired = true
		d.c.changed.Broadcast()
		return
	}
	mine := d.turn
	d.timer = time.AfterFunc(left, func() {
		d.c.mu.Lock()
		defer d.c.mu.Unlock()
		if d.turn == mine {
			d.expired = true
			d.c.changed.Broadcast()
		}
	})
}
