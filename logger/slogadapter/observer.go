// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package slogadapter

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/torsion-go/torsion/logger"
)

// An Observer hands events to a slog.Handler, with their text as the message. The Source, a live object, is not handed on. It is safe from any goroutine.
type Observer struct {
	handler slog.Handler
	errors  atomic.Uint64
}

var _ logger.Enabler = (*Observer)(nil)

// NewObserver returns an Observer over h.
func NewObserver(h slog.Handler) *Observer { return &Observer{handler: h} }

// Enabled tells whether the handler wants the level.
func (o *Observer) Enabled(_ string, level logger.Level) bool {
	return o.handler.Enabled(context.Background(), slog.Level(level))
}

// Observe makes a record of the event and gives it to the handler, if that wants the level. An error of the handler is counted.
func (o *Observer) Observe(e *logger.Event) {
	ctx := context.Background()
	if !o.handler.Enabled(ctx, slog.Level(e.Level)) {
		return
	}
	r := slog.NewRecord(e.Time, slog.Level(e.Level), e.Text(), e.PC)
	if e.Namespace != "" {
		r.AddAttrs(slog.String("namespace", e.Namespace))
	}
	if e.System != "" {
		r.AddAttrs(slog.String("system", e.System))
	}
	r.AddAttrs(e.Fields...)
	if e.Failure != nil {
		r.AddAttrs(slog.Any("error", e.Failure))
	}
	if e.Stack != "" {
		r.AddAttrs(slog.String("stack", e.Stack))
	}
	if err := o.handler.Handle(ctx, r); err != nil {
		o.errors.Add(1)
	}
}

// Errors returns how many events the handler failed to handle.
func (o *Observer) Errors() uint64 { return o.errors.Load() }
