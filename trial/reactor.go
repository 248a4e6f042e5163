// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// Reactor returns the reactor of the test, which is made by the first call and runs: the goroutine of the test is its loop. Its logger is [Case.Logger], and it is
// closed when the test is over. Loops that are added to it are turned by the same goroutine, one after the other: what has to run at the same time needs a reactor of its own. Calling its
// Run, Iterate, Stop, Crash or Close is a warning, and works.
func (c *Case) Reactor() *reactor.Reactor {
	c.TB.Helper()
	if r := c.loop.Load(); r != nil {
		return r
	}
	if c.cfg.bubble {
		return c.Memory().Reactor
	}
	cfg := c.reactorConfig()
	cfg.Poller = c.cfg.Poller
	c.own = true
	defer func() { c.own = false }()
	r, err := reactor.New(cfg)
	if err == nil {
		if err = r.StartRunning(); err != nil {
			err = errors.Join(err, r.Close())
		}
	}
	if err != nil {
		c.problem("trial: no reactor: "+err.Error(), err)
		c.exit(bailFail)
	}
	c.loop.Store(r)
	return r
}

// Memory returns the reactor of the test as one over a network in memory with a clock that the test moves, so without sockets and waiting. It is called before Reactor, which then returns it
// too. Await settles it, and fails at once when nothing is left to happen. In a Bubble the clock is the bubble's.
func (c *Case) Memory() *reactortest.Memory {
	c.TB.Helper()
	if c.memory != nil {
		return c.memory
	}
	if c.loop.Load() != nil {
		c.Fatal("trial: Memory is called before Reactor")
	}
	c.own = true
	defer func() { c.own = false }()
	open := reactortest.NewMemoryOf
	if c.cfg.bubble {
		open = reactortest.NewBubbleOf
	}
	m, err := open(c.reactorConfig())
	if err != nil {
		c.problem("trial: no reactor: "+err.Error(), err)
		c.exit(bailFail)
	}
	c.memory = m
	c.loop.Store(m.Reactor)
	return m
}

func (c *Case) reactorConfig() reactor.Config {
	_, bench := c.TB.(*testing.B)
	return reactor.Config{Logger: c.Logger(), Debug: !bench, OnControl: c.controlled, ShutdownGrace: -1}
}

// Turn makes one pass of the reactor's loop, without waiting.
func (c *Case) Turn() {
	c.TB.Helper()
	c.Reactor()
	if err := c.turn(0); err != nil {
		c.Fatal(err)
	}
}

// turn makes a pass, which waits at most for limit.
func (c *Case) turn(limit time.Duration) error {
	c.TB.Helper()
	r := c.loop.Load()
	if r.OnLoop() {
		return errors.New("trial: a callback of the reactor cannot wait for the reactor: use the callbacks of the Deferred, or deferred.Go")
	}
	err := c.iterate(r, limit)
	if c.bail != 0 {
		c.exitNow(c.bail)
	}
	if err != nil {
		return fmt.Errorf("trial: the reactor does not turn any more: %w", err)
	}
	return nil
}

// iterate notes when the pass is left in the middle, by the FailNow of another testing.TB than this.
func (c *Case) iterate(r *reactor.Reactor, limit time.Duration) error {
	c.own, c.torn = true, true
	defer func() { c.own = false }()
	err := r.Iterate(limit)
	c.torn = false
	return err
}

// controlled is told when somebody calls a method that the Case should call.
func (c *Case) controlled(method string) {
	switch method {
	case "Stop", "Crash": // from any goroutine, and never by the Case
	case "Iterate":
		if c.own || c.memory != nil { // which the test turns itself
			return
		}
	default:
		if c.own {
			return
		}
	}
	file, line := caller()
	c.warn(file, line, "trial.ReactorMisuse", "reactor."+method+" was called in a test, whose reactor it is not to control")
}

// EachPoller runs f as a subtest over each poller of the reactor that works on this system, or over the one that TORSION_REACTOR names. Twisted: ReactorBuilder.
func EachPoller(t *testing.T, f func(tc *Case)) {
	t.Helper()
	names := reactor.Pollers()
	if name := os.Getenv(reactor.EnvPoller); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Helper()
			Config{Poller: name}.Run(t, f)
		})
	}
}
