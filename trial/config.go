// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/internal/marker"
)

// DefaultTimeout is the time that a phase of a test has where nobody says otherwise. Twisted: DEFAULT_TIMEOUT_DURATION.
const DefaultTimeout = 120 * time.Second

// A Config tells how Cases are run. The zero Config is ready to use.
type Config struct {
	// Timeout bounds each phase: SetUp, the test, each cleanup, TearDown. It is shortened where package testing would end the process before. 0 means TORSION_TRIAL_TIMEOUT
	// of the environment, or DefaultTimeout; a negative value no bound. In a Bubble it is virtual time, and 0 means a thousand hours.
	Timeout time.Duration
	// Poller is the name of the reactor's poller; see reactor.Pollers. "" means the environment's TORSION_REACTOR, or the platform's default.
	Poller string
	// IgnoreGoroutines are texts, such as the names of functions: goroutines with one of them in their stack may stay. nil means none.
	IgnoreGoroutines []string
	// UncleanWarnings makes what is left behind a warning instead of an error. So does TORSION_TRIAL_UNCLEAN_WARNINGS=1.
	UncleanWarnings bool
	// Strict makes a test fail that succeeds though its Todo says that it does not. So does TORSION_TRIAL_STRICT=1.
	Strict bool

	grace  time.Duration // what leaves gets to go; 0 for the defaults
	stuck  time.Duration // a stuck test gets to come back; 0 for the default
	bubble bool
}

// Run runs f as a test, or as a part of it, with a Case over t. Cleanups, TearDown and the checks follow when t ends, after its parallel subtests.
// t may be a *testing.T, also that of a fuzz target, or a *testing.B.
func Run(t testing.TB, f func(tc *Case)) {
	t.Helper()
	Config{}.Run(t, f)
}

// Run is the function Run with this configuration.
func (cfg Config) Run(t testing.TB, f func(tc *Case)) {
	t.Helper()
	c := cfg.begin(t, f, nil)
	c.run("test", func() { f(c) })
}

// timeout returns the bound of a phase, 0 for none.
func (cfg Config) timeout() (time.Duration, error) {
	switch {
	case cfg.Timeout < 0:
		return 0, nil
	case cfg.Timeout > 0:
		return cfg.Timeout, nil
	case cfg.bubble:
		return bubbleTimeout, nil
	}
	text := os.Getenv(marker.Timeout)
	if text == "" {
		return DefaultTimeout, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return DefaultTimeout, fmt.Errorf("trial: the environment's %s: %w", marker.Timeout, err)
	}
	return max(d, 0), nil
}

func set(variable string) bool { return os.Getenv(variable) == "1" }
