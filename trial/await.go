// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// Await turns the reactor of the test until d has a result, and takes it: an error counts as handled. At the time-out of the phase d is cancelled and the phase ends, with an error that shows
// what is open. d may belong to another reactor, that runs on another goroutine.
func Await[T any](tc *Case, d *deferred.Deferred[T]) (T, error) {
	tc.TB.Helper()
	return await(tc, d, func() string { return describe(d) })
}

// await is Await for a Deferred that what describes.
func await[T any](tc *Case, d *deferred.Deferred[T], what func() string) (T, error) {
	tc.TB.Helper()
	if tc.foreign(d.Loop()) {
		other := d
		d = deferred.FromFunc(context.Background(), tc.Reactor(), func(ctx context.Context) (T, error) { return other.Wait(ctx) })
	}
	var r deferred.Result[T]
	done := false
	d.Done(func(v T, err error) { r, done = deferred.Result[T]{Value: v, Err: err}, true })
	if !done {
		tc.until(settling(d.Loop(), func() bool { return done }), -1, what, d.Cancel)
	}
	return r.Value, r.Err
}

// Must is Await for a Deferred that has to succeed: an error is an error of the test, and ends the phase.
func Must[T any](tc *Case, d *deferred.Deferred[T]) T {
	tc.TB.Helper()
	v, err := Await(tc, d)
	if err != nil {
		tc.failed("a Deferred failed", err)
		tc.exit(bailFail)
	}
	return v
}

// recheck is how long a pass takes at most that may miss what is waited for.
const recheck = 10 * time.Millisecond

// Until turns the reactor of the test until cond is true, which is called after each pass and, as not all that a test waits for wakes the loop, every 10 ms. At the time-out of the phase the
// phase ends, as with Await. With [Case.Memory] the clock stands still meanwhile, and in a [Bubble] only passes count.
func (c *Case) Until(cond func() bool) {
	c.TB.Helper()
	if !cond() {
		c.until(cond, recheck, func() string { return "a condition" }, nil)
	}
}

// describe tells of a Deferred that is waited for.
func describe(d interface{ Created() deferred.Stack }) string {
	what := fmt.Sprintf("a %T", d)
	if created := d.Created(); created != nil {
		what += " made at\n" + indent(origin(created))
	}
	return what
}

// until turns the reactor until cond, by passes that wait for limit at most, or -1. what tells what is waited for, give gives it up.
func (c *Case) until(cond func() bool, limit time.Duration, what func() string, give func()) {
	c.TB.Helper()
	r := c.Reactor()
	waiting := c.wait(r)
	defer waiting()
	if c.cfg.bubble {
		limit = -1 // else its clock would run for ever
	}
	for idle := false; ; {
		if err := c.settle(); cond() {
			return
		} else if err != nil {
			c.problem(err.Error(), err)
			c.giveUp(give)
		}
		p := c.overdue()
		switch {
		case p != nil:
			c.late(p, what, give)
		case c.memory == nil || c.cfg.bubble:
			if len(r.Loops()) > 1 && !c.cfg.bubble {
				limit = recheck // a pass waits for the first loop only
			}
			if err := c.turn(limit); err != nil && !cond() {
				c.problem(err.Error(), err)
				c.giveUp(give)
			}
		case c.busy():
			c.nap()
		case !idle: // what has ended just now may have called the loop before
			idle = true
			continue
		default:
			c.problem("nothing is left to happen, and the test waits for "+strings.TrimSpace(what())+"\n\n"+c.open(), errStuck)
			c.giveUp(give)
		}
		idle = false
	}
}

// errStuck is what a todo may expect of a test that waits for what cannot happen.
var errStuck = errors.New("trial: nothing is left to happen")

// settle does what there is to do at once.
func (c *Case) settle() error {
	c.TB.Helper()
	if c.memory == nil || c.cfg.bubble {
		return nil
	}
	for {
		if err := c.turn(0); err != nil {
			return err
		}
		if !c.loop.Load().Pending() {
			return nil
		}
		if c.overdue() != nil {
			return nil
		}
	}
}

// nap waits a little for other goroutines to call the loop.
func (c *Case) nap() {
	c.TB.Helper()
	r := c.loop.Load()
	timer := time.AfterFunc(10*time.Millisecond, func() { r.CallFromThread(func() {}) })
	defer timer.Stop()
	_ = c.turn(-1) // the next pass tells
}

// busy reports whether goroutines of the test, or of its reactor's thread pool, are at work, so that something may still happen though nothing is left on the loop.
func (c *Case) busy() bool { return len(c.goroutines()) > 0 }

// late ends a phase that waits at its time-out.
func (c *Case) late(p *phase, what func() string, give func()) {
	c.TB.Helper()
	c.mu.Lock()
	first := !p.told
	p.told = true
	c.mu.Unlock()
	if first {
		c.problem(p.text()+"\nit waits for "+strings.TrimSpace(what())+"\n\n"+c.open()+"\n"+stacks(), p.err())
	}
	c.giveUp(give)
}

// giveUp cancels what the test waits for, and ends the phase.
func (c *Case) giveUp(give func()) {
	c.TB.Helper()
	if give != nil {
		give()
	}
	c.exit(bailFail)
}

// foreign reports whether the loop is another goroutine's.
func (c *Case) foreign(l protocol.Loop) bool {
	if l == nil || l.OnLoop() {
		return false
	}
	if _, fake := l.(interface{ Settle() }); fake {
		return false
	}
	if r, ok := l.(interface{ Running() bool }); ok {
		return r.Running() // the test's own runs in its passes only
	}
	return true
}

// settling returns cond, which has a clock that the test moves do first what is posted to it.
func settling(l protocol.Loop, cond func() bool) func() bool {
	clock, ok := l.(interface{ Settle() })
	if !ok {
		return cond
	}
	return func() bool {
		clock.Settle()
		return cond()
	}
}
