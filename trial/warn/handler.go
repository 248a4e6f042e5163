// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package warn

import (
	"context"
	"log/slog"
)

// Key is the attribute of a log record that makes it a warning. Its value is the category.
const Key = "warning"

// Handler returns a handler that takes records with the attribute [Key], whatever their level, for warnings about the place that logs, and passes the others on to next.
// So code warns without this package:
//
//	logger.Warn("x is not set", "warning", "UserWarning")
//
// The attribute counts in the record itself, not in those that With adds.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ slog.Handler }

func (h handler) Enabled(context.Context, slog.Level) bool { return true }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	var category Category
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == Key {
			category = Category(a.Value.String())
		}
		return category == ""
	})
	if category != "" {
		w := at(r.PC, category, r.Message)
		if collected(ctx, w) {
			return nil
		}
	}
	if !h.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
