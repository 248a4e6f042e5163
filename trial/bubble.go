// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"testing"
	"testing/synctest"
	"time"
)

// bubbleTimeout is the virtual time that a phase has in a bubble.
const bubbleTimeout = 1000 * time.Hour

// Bubble runs f as a test in a bubble of testing/synctest: time is virtual, also for the reactor, which is one over a network in memory, and moves on when all goroutines of the test wait. So a
// test of code with goroutines and time-outs takes no time. The bubble does not end before all of its goroutines have. There are no subtests in it and no Parallel.
func Bubble(t *testing.T, f func(tc *Case)) {
	t.Helper()
	Config{}.Bubble(t, f)
}

// Bubble is the function Bubble with this configuration.
func (cfg Config) Bubble(t *testing.T, f func(tc *Case)) {
	t.Helper()
	cfg.bubble = true
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		c := cfg.begin(t, f, nil)
		c.run("test", func() { f(c) })
	})
}
