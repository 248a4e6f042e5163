// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package core_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/procmon"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
)

// A program that is killed comes back, and Stop ends it.
func TestMonitor(t *testing.T) {
	trial.EachPoller(t, func(tc *trial.Case) {
		m := procmon.New(tc.Reactor(), procmon.Options{Threshold: time.Nanosecond, Logger: tc.Logger()})
		assert.NoError(tc, m.Add("sleep", process.Config{Args: []string{"sleep", "1000"}}))
		m.Start()
		tc.Until(func() bool { return m.PID("sleep") != 0 })
		first := m.PID("sleep")
		assert.NoError(tc, syscall.Kill(first, syscall.SIGKILL))
		tc.Until(func() bool { return m.PID("sleep") != 0 && m.PID("sleep") != first })
		second := m.PID("sleep")
		trial.Must(tc, m.Stop())
		assert.ErrorIs(tc, syscall.Kill(second, 0), syscall.ESRCH, "the program is still there")
	})
}
