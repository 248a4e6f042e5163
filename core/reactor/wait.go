// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import "time"

// maxWait bounds one sleep. Twisted: 2147483 seconds, what poll(2) can wait.
const maxWait = 2147483 * time.Second

// timeout returns how long the loop may wait for I/O.
func (l *Loop) timeout(limit time.Duration) time.Duration {
	if l.busy || len(l.turns) > 0 || len(l.dirty) > 0 {
		return 0
	}
	when, ok := l.timers.next()
	if !ok {
		if limit < 0 {
			return -1
		}
		return min(limit, maxWait)
	}
	wait := max(time.Duration(when-l.nanos()), 0)
	if limit >= 0 {
		wait = min(wait, limit)
	}
	return min(wait, maxWait)
}

// pollNow polls without waiting.
func (l *Loop) pollNow() error {
	n, err := l.poller.Poll(0)
	l.polled = n > 0
	return err
}

// spinFor polls again and again, for a while that grows when it pays and shrinks when it does not, and returns what is left of the timeout: 0 when anything
// happened. A processor that spins without a catch keeps others from work, so the while is bounded by Config.SpinWait.
func (l *Loop) spinFor(timeout time.Duration) (left time.Duration) {
	spin := l.spin
	if timeout > 0 {
		spin = min(spin, timeout)
	}
	start := time.Now()
	l.fresh = false // callbacks are made inside Poll
	for time.Since(start) < spin {
		for range 8 { // reading the clock costs as much as a few polls' bookkeeping
			n, err := l.poller.Poll(0)
			if n > 0 || err != nil || !l.mail.empty() {
				l.polled = true
				l.spin = min(l.spin*2, l.r.cfg.SpinWait)
				return 0
			}
		}
	}
	l.spin = max(l.spin/2, l.r.cfg.SpinWait/16)
	if timeout < 0 {
		return timeout
	}
	return max(timeout-time.Since(start), 0)
}

// Pending reports whether the next pass has something to do at once, apart from I/O and delayed calls that are due. Loop only.
func (l *Loop) Pending() bool {
	return l.busy || l.polled || len(l.turns) > 0 || len(l.dirty) > 0 || !l.mail.empty()
}
