// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A recovery is the restart of one child of a Supervisor, or of several together: it stops them, waits, and starts them. One that dies meanwhile begins another recovery,
// which takes over what this one was to restart:
//
//	a b c d  RestForOne: c dies     recovery of c, d: stop d, stop c, wait, start c
//	         c runs, and a dies     recovery of a, b, c, d: stop d (which does not run), c, b, a, wait, start a, b, c, d
type recovery struct {
	s        *Supervisor
	cause    *child
	children []*child // to be stopped, in order
	delay    time.Duration
	timer    protocol.DelayedCall
	over     bool
}

func newRecovery(s *Supervisor, c *child, delay time.Duration) *recovery {
	old := c.recovery
	first := slices.Index(s.g.children, c)
	if s.cfg.Strategy != OneForOne {
		for i, o := range s.g.children {
			if o.recovery != nil {
				old = o.recovery // there is one at a time
				first = min(first, i)
			}
		}
	}
	if s.cfg.Strategy == OneForAll {
		first = 0
	}
	r := &recovery{s: s, cause: c, delay: delay}
	for i, o := range s.g.children {
		if o == c || s.cfg.Strategy != OneForOne && i >= first && (o.recovery != nil || o.life.state == Running || o.life.state == Starting) {
			r.children = append(r.children, o)
		}
	}
	if old != nil {
		old.end()
	}
	for _, o := range r.children {
		o.recovery = r
	}
	s.recoveries[r] = true
	return r
}

// end ends the recovery, wherever it stands. Children that wait for it stay so until they are started or stopped.
func (r *recovery) end() {
	r.over = true
	delete(r.s.recoveries, r)
	if r.timer != nil {
		r.timer.Cancel()
	}
	for _, c := range r.children {
		if c.recovery == r {
			c.recovery = nil
		}
	}
}

// stop stops the children; the cause died of err.
func (r *recovery) stop(err error) {
	r.s.g.reversed(r.children, true, func(c *child) *deferred.Deferred[struct{}] {
		switch {
		case r.over:
			return c.life.done()
		case c == r.cause:
			return c.stopping(err)
		}
		return c.stop()
	}).Done(func(struct{}, error) { r.wait() })
}

func (r *recovery) wait() {
	if r.over {
		return
	}
	for _, c := range r.children {
		if c.policy.Restart == Temporary || c.life.state != Stopped && c.life.state != Failed || r.s.g.find(c.name) != c {
			continue
		}
		c.life.state = Waiting
		c.since = r.s.g.loop.Now()
		attrs := []any{"restarts", c.restarts + 1, "delay", r.delay}
		if c != r.cause {
			attrs = append(attrs, "because", r.s.g.under(r.cause.name))
		}
		c.log().Warn("service: restarting", attrs...)
	}
	r.timer = r.s.g.loop.CallLater(r.delay, r.start)
}

// start starts the next child that waits.
func (r *recovery) start() {
	if r.over {
		return
	}
	i := slices.IndexFunc(r.children, func(c *child) bool { return c.life.state == Waiting && r.s.g.find(c.name) == c })
	if i < 0 {
		r.end()
		return
	}
	c := r.children[i]
	c.restarts++
	c.life.Start().Done(func(_ struct{}, err error) {
		switch {
		case r.over:
		case err != nil && c.life.state == Failed:
			r.s.restart(c, err)
		default: // it runs, or was stopped by somebody
			r.start()
		}
	})
}
