// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package slogadapter

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/brace"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// Options configure a Handler.
type Options struct {
	// Level is the least level that is handed on. Nil means that the observer decides, if it is a logger.Enabler, and otherwise everything is.
	Level slog.Leveler
	// Namespace is that of all events without an attribute "namespace". "" means none.
	Namespace string
	// Fields returns attributes that the context carries, such as the ids of a trace: they come before those of the record. Nil means none.
	Fields func(ctx context.Context) []slog.Attr
}

// A Handler is a slog.Handler that makes an event of each record and tells an Observer. It is immutable, and safe from any goroutine.
type Handler struct {
	observer  logger.Observer
	enabler   logger.Enabler // nil if the observer is none
	options   Options
	namespace string
	system    string
	failure   error
	shared    *logger.Shared // of the first frame
	frames    []frame        // never empty; the last is the group that is open
}

// A frame is a group that WithGroup opened, with the attributes given since. The first is the event itself.
type frame struct {
	name  string
	attrs []slog.Attr
}

var _ slog.Handler = (*Handler)(nil)

// New returns a Handler over o. Nil options mean the zero Options.
func New(o logger.Observer, options *Options) *Handler {
	h := &Handler{observer: o, frames: make([]frame, 1)}
	h.enabler, _ = o.(logger.Enabler)
	if options != nil {
		h.options = *options
		h.namespace = options.Namespace
	}
	return h
}

// Enabled tells whether the level is wanted.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	if h.options.Level != nil && level < h.options.Level.Level() {
		return false
	}
	return h.enabler == nil || h.enabler.Enabled(h.namespace, logger.Level(level))
}

// Handle makes the event and tells the observer. It returns an error if that panics.
func (h *Handler) Handle(ctx context.Context, r slog.Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("slogadapter: panic in the observer: %v", p)
		}
	}()
	b := builders.Get().(*builder)
	e := &b.event
	*e = logger.Event{Time: r.Time, Level: logger.Level(r.Level), Namespace: h.namespace, Format: brace.Quote(r.Message), HasFormat: true,
		System: h.system, Failure: h.failure, Shared: h.shared, PC: r.PC}
	last := len(h.frames) - 1
	start := len(b.attrs)
	b.attrs = append(b.attrs, h.frames[last].attrs...)
	if h.options.Fields != nil {
		for _, a := range h.options.Fields(ctx) {
			b.add(a, last == 0)
		}
	}
	if last == 0 {
		r.Attrs(b.top)
	} else {
		r.Attrs(b.inner)
	}
	fields := b.attrs[start:]
	for i := last; i > 0; i-- { // each group becomes the last field of the one around it
		group := fields
		start = len(b.attrs)
		b.attrs = append(b.attrs, h.frames[i-1].attrs...)
		if len(group) > 0 {
			b.attrs = append(b.attrs, slog.Attr{Key: h.frames[i].name, Value: slog.GroupValue(group...)})
		}
		fields = b.attrs[start:]
	}
	e.Fields = fields
	if e.Failure == nil {
		e.Failure = b.found
	}
	if e.Failure != nil {
		e.Stack = text.Stack(e.Failure)
	}
	h.observer.Observe(e)
	b.release()
	return nil
}

// WithAttrs returns a Handler whose events have these fields too.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	c := *h
	b := &builder{event: logger.Event{Namespace: h.namespace, System: h.system, Failure: h.failure}}
	top := len(h.frames) == 1
	for _, a := range attrs {
		b.add(a, top)
	}
	c.namespace, c.system, c.failure = b.event.Namespace, b.event.System, b.event.Failure
	c.frames = slices.Clone(h.frames)
	f := &c.frames[len(c.frames)-1]
	f.attrs = slices.Concat(f.attrs, b.attrs)
	if top {
		c.shared = logger.NewShared(f.attrs)
	}
	return &c
}

// WithGroup returns a Handler that puts what comes into a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.frames = append(slices.Clip(h.frames), frame{name: name})
	return &c
}

// A builder holds an event while it is built and told, and the fields of all its groups.
type builder struct {
	event logger.Event
	attrs []slog.Attr
	depth int   // of the groups around
	found error // in a field of another name than that of the failure
	top   func(slog.Attr) bool
	inner func(slog.Attr) bool
}

var builders = sync.Pool{New: func() any {
	b := &builder{attrs: make([]slog.Attr, 0, 16)}
	b.top = func(a slog.Attr) bool { b.add(a, true); return true } // made once: a closure a record would be an allocation
	b.inner = func(a slog.Attr) bool { b.add(a, false); return true }
	return b
}}

// maxKept bounds what a builder that rests keeps, in fields.
const maxKept = 256

func (b *builder) release() {
	if cap(b.attrs) > maxKept {
		return
	}
	clear(b.attrs)
	b.attrs, b.depth = b.attrs[:0], 0
	b.event, b.found = logger.Event{}, nil
	builders.Put(b)
}

// add appends a field, or moves it to where the event has a place for it, which is only so outside of groups.
func (b *builder) add(a slog.Attr, top bool) {
	switch a.Value.Kind() {
	case slog.KindString:
		if top && b.placeString(a) {
			return
		}
		if a.Key == "" && a.Value.String() == "" {
			return
		}
		b.attrs = append(b.attrs, a)
	case slog.KindLogValuer:
		a.Value = a.Value.Resolve()
		b.add(a, top)
	case slog.KindGroup:
		b.addGroup(a, top)
	case slog.KindAny:
		if a.Equal(slog.Attr{}) {
			return
		}
		if err, ok := a.Value.Any().(error); ok && top && err != nil {
			if (a.Key == "error" || a.Key == "err") && b.event.Failure == nil {
				b.event.Failure = err
				return
			}
			if b.found == nil {
				b.found = err
			}
		}
		b.attrs = append(b.attrs, a)
	default:
		b.attrs = append(b.attrs, a)
	}
}

func (b *builder) placeString(a slog.Attr) bool {
	switch a.Key {
	case "namespace":
		b.event.Namespace = a.Value.String()
	case "system":
		b.event.System = a.Value.String()
	default:
		return false
	}
	return true
}

// maxDepth bounds how deep groups are followed: a LogValuer may return one that holds itself.
const maxDepth = 16

// addGroup appends a group with its values resolved: inline if it has no name, not at all if it is empty.
func (b *builder) addGroup(a slog.Attr, top bool) {
	if a.Key == "" {
		if b.depth++; b.depth <= maxDepth {
			for _, m := range a.Value.Group() {
				b.add(m, top)
			}
		}
		b.depth--
		return
	}
	if b.depth >= maxDepth {
		b.attrs = append(b.attrs, slog.String(a.Key, "{...}"))
		return
	}
	inner := &builder{depth: b.depth + 1}
	for _, m := range a.Value.Group() {
		inner.add(m, false)
	}
	if len(inner.attrs) > 0 {
		b.attrs = append(b.attrs, slog.Attr{Key: a.Key, Value: slog.GroupValue(inner.attrs...)})
	}
}
