// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package output

import (
	"context"
	"log/slog"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/async"
)

// A handler is a slog.Handler that has critical records written before it returns.
type handler struct {
	slog.Handler
	queue *async.Writer // nil if there is none
}

// Handle writes the record.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if h.queue != nil && r.Level >= slog.Level(logger.Critical) {
		h.queue.FlushCritical()
	}
	return err
}

// WithAttrs returns a handler whose records have these attributes too.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.queue}
}

// WithGroup returns a handler that puts what comes into a group.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.queue}
}

// A gate is the observer of an Output.
type gate struct {
	observer logger.Observer
	level    *level
	queue    *async.Writer // nil if there is none
}

// Enabled tells whether the level is written.
func (g gate) Enabled(_ string, l logger.Level) bool { return slog.Level(l) >= g.level.Level() }

// UsesSource tells whether the source is written.
func (g gate) UsesSource() bool { return logger.UsesSource(g.observer) }

// Observe writes the event.
func (g gate) Observe(e *logger.Event) {
	if !g.Enabled(e.Namespace, e.Level) {
		return
	}
	g.observer.Observe(e)
	if g.queue != nil && e.Level >= logger.Critical {
		g.queue.FlushCritical()
	}
}
