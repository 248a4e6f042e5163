// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import "time"

// WithGrace returns cfg with a time for what leaves to go, and for a stuck test to come back.
func (cfg Config) WithGrace(d time.Duration) Config {
	cfg.grace = d
	return cfg
}

// HasReactor reports whether the test has used a reactor.
func (c *Case) HasReactor() bool { return c.loop.Load() != nil }
