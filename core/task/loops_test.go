// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task_test

import (
	"context"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// tickLoop is a loop with one timer that allocates nothing.
type tickLoop struct {
	protocol.Loop
	now time.Time
	f   func()
}

func (l *tickLoop) Now() time.Time { return l.now }
func (l *tickLoop) OnLoop() bool   { return true }
func (l *tickLoop) CallLater(_ time.Duration, f func()) protocol.DelayedCall {
	l.f = f
	return tick{}
}

type tick struct{ protocol.DelayedCall }

func (tick) Rearm(time.Duration) {}

// runner is a Clock that runs until it is stopped, one second a pass.
type runner struct {
	*protocoltest.Clock
	log     *slog.Logger
	stopped bool
	err     error
}

func (r *runner) Run(ctx context.Context) error {
	for !r.stopped && ctx.Err() == nil {
		r.Advance(time.Second)
	}
	return r.err
}

func (r *runner) Stop() error          { r.stopped = true; return nil }
func (r *runner) Logger() *slog.Logger { return r.log }
