// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"context"
	"log/slog"
	"slices"

	"go.uber.org/zap/zapcore"

	"github.com/torsion-go/torsion/logger/internal/text"
)

// Options configure what stands in front of a core.
type Options struct {
	// AddSource has the caller's file and line found for each entry, at a cost of some hundred nanoseconds. The core decides what it does with them.
	AddSource bool
	// Namespace is the name that entries of a Handler bear. "" means none.
	Namespace string
}

// A Handler is a slog.Handler over a zap core. It is immutable, and safe from any goroutine.
type Handler struct {
	core    zapcore.Core
	json    *jsonCore // core, if it is one; else nil
	options Options
	groups  []string // opened, but without a field yet
}

var _ slog.Handler = (*Handler)(nil)

// NewHandler returns a Handler over core. Nil options mean the zero Options.
func NewHandler(core zapcore.Core, options *Options) *Handler {
	h := &Handler{core: core}
	h.json, _ = core.(*jsonCore)
	if options != nil {
		h.options = *options
	}
	return h
}

// Enabled tells whether the core wants the level.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return h.core.Enabled(toZap(level))
}

// Handle writes the record to the core. An error that is returned comes from the writer of a core made by NewJSON; zap's others tell none here.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	ent := zapcore.Entry{Level: toZap(r.Level), Time: r.Time, LoggerName: h.options.Namespace, Message: r.Message}
	if h.options.AddSource {
		ent.Caller = caller(r.PC)
	}
	if h.json != nil && len(h.groups) == 0 {
		s := scratches.Get().(*scratch)
		s.record = r
		err := h.json.write(ent, s)
		s.release()
		return err
	}
	fields := namespaces(make([]zapcore.Field, 0, len(h.groups)+r.NumAttrs()), h.groups)
	var failure error
	r.Attrs(func(a slog.Attr) bool {
		if failure == nil {
			failure = attrError(a)
		}
		fields = appendField(fields, a)
		return true
	})
	if len(fields) == len(h.groups) {
		fields = nil // no group appears empty
	}
	ent.Stack = text.Stack(failure)
	return write(h.core, ent, fields)
}

// namespaces appends what opens the groups.
func namespaces(fields []zapcore.Field, groups []string) []zapcore.Field {
	for _, g := range groups {
		fields = append(fields, zapcore.Field{Key: g, Type: zapcore.NamespaceType})
	}
	return fields
}

// write gives the entry to the core, which may drop it, keep its fields, or pass it on to others.
func write(core zapcore.Core, ent zapcore.Entry, fields []zapcore.Field) error {
	if j, ok := core.(*jsonCore); ok {
		return j.Write(ent, fields)
	}
	if ce := core.Check(ent, nil); ce != nil {
		ce.Write(fields...)
	}
	return nil
}

// WithAttrs returns a Handler over the core with these fields.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var fields []zapcore.Field
	for _, a := range attrs {
		fields = appendField(fields, a)
	}
	if len(fields) == 0 {
		return h
	}
	c := *h
	c.core, c.groups = h.core.With(append(namespaces(nil, h.groups), fields...)), nil
	c.json, _ = c.core.(*jsonCore)
	return &c
}

// WithGroup returns a Handler that puts what comes into a group, which appears with its first field.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.groups = append(slices.Clip(h.groups), name)
	return &c
}
