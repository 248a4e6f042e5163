// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"testing"
	"time"
)

// WithGrace returns cfg with a time for what leaves to go.
func (cfg Config) WithGrace(d time.Duration) Config {
	cfg.grace = d
	return cfg
}

// WithStuck returns cfg with a time for a stuck test to come back.
func (cfg Config) WithStuck(d time.Duration) Config {
	cfg.stuck = d
	return cfg
}

// HasReactor reports whether the test has used a reactor.
func (c *Case) HasReactor() bool { return c.loop.Load() != nil }

// PhaseLimit returns the limit of a phase of a test with that time-out, and how long it has then to come back.
func PhaseLimit(t testing.TB, timeout time.Duration) (limit, grace time.Duration) {
	c := &Case{TB: t, limit: timeout}
	p := c.enter("test")
	defer c.leave(p)
	defer p.stop()
	return p.limit, p.grace
}
