// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package async

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/logger"
)

// An Observer is a logger.Observer that queues events for another. It is safe from any goroutine.
type Observer struct {
	*queue[*logger.Event]
	observer logger.Observer
	enabler  logger.Enabler // nil if the observer is none
}

var _ logger.Enabler = (*Observer)(nil)

// NewObserver returns an Observer in front of o. A nil config means the zero Config.
func NewObserver(o logger.Observer, config *Config) *Observer {
	a := &Observer{observer: o}
	a.enabler, _ = o.(logger.Enabler)
	a.queue = newQueue(config, a.observeAll)
	return a
}

// Enabled tells whether the observer behind wants the event.
func (a *Observer) Enabled(namespace string, level logger.Level) bool {
	return a.enabler == nil || a.enabler.Enabled(namespace, level)
}

// UsesSource tells whether the observer behind has a use for Event.PC.
func (a *Observer) UsesSource() bool { return logger.UsesSource(a.observer) }

// Observe queues a copy of the event, or drops and counts it if there is no room.
func (a *Observer) Observe(e *logger.Event) {
	critical := e.Level >= logger.Critical
	a.mu.Lock()
	wanted := a.n+a.held < a.config.MaxEvents || critical
	if !wanted {
		a.room(0, false) // counts it, and spares the copy
	}
	a.mu.Unlock()
	if !wanted {
		return
	}
	c, size := clone(e) // which calls LogValuers: not under the lock
	a.mu.Lock()
	if a.room(size, critical) {
		a.push(c, size)
	}
	a.mu.Unlock()
	if critical {
		a.FlushCritical()
	}
}

func (a *Observer) observeAll(batch []entry[*logger.Event]) (err error) {
	for _, e := range batch {
		if e.lost > 0 {
			a.observe(&logger.Event{Time: time.Now(), Level: logger.Warn, Namespace: "logger.async", Format: "{n} events lost", HasFormat: true,
				Fields: []slog.Attr{slog.Uint64("n", e.lost)}}, &err)
		}
		if e.size > 0 {
			a.observe(e.v, &err)
		}
	}
	return err
}

// observe keeps a panic over one event from the next.
func (a *Observer) observe(e *logger.Event, err *error) {
	defer func() {
		if p := recover(); p != nil {
			*err = fmt.Errorf("async: panic in the observer: %v", p)
		}
	}()
	a.observer.Observe(e)
}

// clone copies the event with its fields, and tells about how much it holds, in octets.
func clone(e *logger.Event) (*logger.Event, int) {
	c := *e
	size := 256 + len(e.Format) + len(e.Stack) + len(e.Namespace) + len(e.System)
	c.Fields = cloneAttrs(e.Fields, &size, 0)
	return &c, size
}

// maxDepth bounds how deep groups are followed: a LogValuer may return one that holds itself.
const maxDepth = 16

func cloneAttrs(attrs []slog.Attr, size *int, depth int) []slog.Attr {
	if len(attrs) == 0 {
		return nil
	}
	c := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		a.Value = a.Value.Resolve()
		*size += 40 + len(a.Key)
		switch a.Value.Kind() {
		case slog.KindString:
			*size += len(a.Value.String())
		case slog.KindGroup:
			if depth == maxDepth {
				a.Value = slog.StringValue("{...}")
			} else {
				a.Value = slog.GroupValue(cloneAttrs(a.Value.Group(), size, depth+1)...)
			}
		case slog.KindAny:
			if p, ok := a.Value.Any().([]byte); ok {
				*size += len(p)
				a.Value = slog.AnyValue(append([]byte(nil), p...)) // likely to be a buffer that is used again
			}
		}
		c[i] = a
	}
	return c
}
