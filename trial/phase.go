// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"cmp"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// How long a test that is stuck outside of Await has, after its time-out, to come back before the process ends.
const stuckGrace = 10 * time.Second

// A phase is a part of a test with a time-out of its own.
type phase struct {
	c     *Case
	name  string
	limit time.Duration
	grace time.Duration
	timer *time.Timer
	ends  time.Time
	left  time.Duration // while it stands still

	struck bool // guarded by c.mu: it was still running at its limit
	told   bool // guarded by c.mu: and the test was failed for it
}

// enter begins a phase.
func (c *Case) enter(name string) *phase {
	p := &phase{c: c, name: name, grace: cmp.Or(c.cfg.stuck, stuckGrace)}
	p.limit = c.limit
	if t, ok := c.TB.(interface{ Deadline() (time.Time, bool) }); ok && !c.cfg.bubble && p.limit > 0 {
		if end, ok := t.Deadline(); ok {
			left := time.Until(end)
			margin := min(left/5, p.grace+2*time.Second)
			if left-margin < p.limit {
				p.limit, p.grace = max(left-margin, time.Millisecond), min(p.grace, margin/2)
			}
		}
	}
	c.mu.Lock()
	c.phase = p
	c.mu.Unlock()
	if p.limit > 0 {
		p.ends = time.Now().Add(p.limit)
		p.timer = time.AfterFunc(p.limit, p.strike)
	}
	return p
}

// stop ends the phase's time.
func (p *phase) stop() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}

// leave ends the phase.
func (c *Case) leave(p *phase) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase, c.bail = nil, 0
}

// pause stops the time of the present phase until resume is called.
func (c *Case) pause() (resume func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.phase
	if p == nil || p.timer == nil {
		return func() {}
	}
	p.timer.Stop()
	p.left = time.Until(p.ends)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		p.ends = time.Now().Add(p.left)
		if p.timer != nil && !p.struck {
			p.timer = time.AfterFunc(max(p.left, time.Millisecond), p.strike)
		}
	}
}

// SetTimeout bounds the phases from the next one on, and gives the present one this time from now. A negative time is none. Twisted: the attribute timeout.
func (c *Case) SetTimeout(d time.Duration) {
	c.limit = max(d, 0)
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.phase
	if p == nil || p.struck {
		return
	}
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	if p.limit = c.limit; p.limit > 0 {
		p.ends = time.Now().Add(p.limit)
		p.timer = time.AfterFunc(p.limit, p.strike)
	}
}

// strike is called by the timer when the phase has run for too long. If the test waits for its reactor, its own goroutine tells. Else it is stuck somewhere.
func (p *phase) strike() {
	c := p.c
	c.TB.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase != p || p.struck || p.timer == nil {
		return
	}
	p.struck = true
	if c.waiting != nil {
		c.waiting.CallFromThread(func() {})
		p.timer = time.AfterFunc(p.grace, p.stickAgain)
		return
	}
	p.stick()
}

// stickAgain follows when a test that waits for its reactor has not told: a callback of the reactor is stuck.
func (p *phase) stickAgain() {
	c := p.c
	c.TB.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase == p && !p.told && p.timer != nil {
		p.stick()
	}
}

// stick fails a test that is stuck. It is called with c.mu held.
func (p *phase) stick() {
	c := p.c
	c.TB.Helper()
	p.told = true
	text := p.text() + "\n\n" + p.stuck()
	file, line := c.place()
	c.problemLocked(file, line, text, p.err())
	p.timer = time.AfterFunc(p.grace, p.kill)
}

// kill ends the process: nothing else ends a goroutine that is stuck.
func (p *phase) kill() {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase != p || p.timer == nil {
		return
	}
	text := "trial: " + p.text() + ", and did not come back: the process ends"
	if !testing.Verbose() { // what the test has printed is lost
		text += "\n\n" + p.stuck()
	}
	panic(text)
}

// text returns what Twisted says.
func (p *phase) text() string {
	return fmt.Sprintf("%s (%s) still running at %s secs", p.c.id, p.name, strconv.FormatFloat(p.limit.Seconds(), 'f', -1, 64))
}

// A TimeoutError says that a phase of a test was still running at its time-out.
type TimeoutError struct {
	Phase string // "setUp", "test", "cleanup" or "tearDown"
	After time.Duration
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("trial: %s timed out after %v", e.Phase, e.After)
}

// Timeout returns true.
func (e *TimeoutError) Timeout() bool { return true }

func (p *phase) err() error { return &TimeoutError{p.name, p.limit} }

// wait declares that the goroutine of the test waits for l, which a time-out then wakes. It is undone by the function that is returned.
func (c *Case) wait(l protocol.Loop) (done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = l
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.waiting = nil
	}
}

// overdue returns the present phase if its time is over.
func (c *Case) overdue() *phase {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase != nil && c.phase.struck {
		return c.phase
	}
	return nil
}
