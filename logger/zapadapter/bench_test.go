// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/slogadapter"
)

// What each benchmark writes: a message and five fields, or the same five given before.
const message = "the request was answered in time"

var (
	zapFields = []zap.Field{zap.String("method", "GET"), zap.String("path", "/index.html"), zap.Int("status", 200), zap.Duration("elapsed", 1500*time.Microsecond), zap.Bool("cached", true)}
	attrs     = []slog.Attr{slog.String("method", "GET"), slog.String("path", "/index.html"), slog.Int("status", 200), slog.Duration("elapsed", 1500*time.Microsecond), slog.Bool("cached", true)}
)

// BenchmarkLine compares what a line costs. Its parts: "zap" is zap itself, with zap's own encoders of the same form of times, without the caller's place; "event" is a Logger over NewObserver, "publisher"
// the same behind a Publisher and a Filter; "slog" is slog over NewHandler, "slog-event" slog made events of; "slog-std" is slog's own JSON, and "slog-none" slog over a handler that does nothing, which is the
// share of slog itself, whose Logger finds out the caller's place always.
func BenchmarkLine(b *testing.B) {
	benchZap(b)
	o := NewObserver(NewJSON(io.Discard, slog.LevelInfo), nil)
	benchEvent(b, "event", logger.New("", o))
	benchEvent(b, "publisher", logger.New("", logger.NewPublisher(&logger.Filter{Observer: o, Predicates: []logger.Predicate{logger.NewLevelFilter(logger.Info)}})))
	benchSlog(b, "slog", NewHandler(NewJSON(io.Discard, slog.LevelInfo), nil))
	benchSlog(b, "slog-event", slogadapter.New(o, nil))
	benchSlog(b, "slog-std", slog.NewJSONHandler(io.Discard, nil))
	benchSlog(b, "slog-none", none{})
}

// none does nothing with records of Info and above.
type none struct{}

func (none) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }
func (none) Handle(context.Context, slog.Record) error    { return nil }
func (n none) WithAttrs([]slog.Attr) slog.Handler         { return n }
func (n none) WithGroup(string) slog.Handler              { return n }

func run(b *testing.B, front, what string, f func()) {
	b.Run(what+"/"+front, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f()
		}
	})
}

func benchZap(b *testing.B) {
	config := encoderConfig()
	config.EncodeTime, config.EncodeLevel, config.CallerKey = zapcore.RFC3339NanoTimeEncoder, zapcore.LowercaseLevelEncoder, ""
	l := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.Lock(zapcore.AddSync(io.Discard)), zapcore.InfoLevel))
	run(b, "zap", "fields", func() {
		l.Info(message, zap.String("method", "GET"), zap.String("path", "/index.html"), zap.Int("status", 200), zap.Duration("elapsed", 1500*time.Microsecond), zap.Bool("cached", true))
	})
	with := l.With(zapFields...)
	run(b, "zap", "context", func() { with.Info(message) })
	run(b, "zap", "both", func() { with.Info(message, zap.Int("n", 1)) })
	run(b, "zap", "filtered", func() { l.Debug(message) })
	run(b, "zap", "filtered-fields", func() { l.Debug(message, zap.String("method", "GET"), zap.Int("status", 200)) })
}

func benchEvent(b *testing.B, front string, l *logger.Logger) {
	run(b, front, "fields", func() {
		l.Info(message, slog.String("method", "GET"), slog.String("path", "/index.html"), slog.Int("status", 200), slog.Duration("elapsed", 1500*time.Microsecond), slog.Bool("cached", true))
	})
	with := l.With(attrs...)
	run(b, front, "context", func() { with.Info(message) })
	run(b, front, "both", func() { with.Info(message, slog.Int("n", 1)) })
	run(b, front, "filtered", func() { l.Debug(message) })
	run(b, front, "filtered-fields", func() { l.Debug(message, slog.String("method", "GET"), slog.Int("status", 200)) })
}

func benchSlog(b *testing.B, front string, h slog.Handler) {
	ctx := context.Background()
	l := slog.New(h)
	run(b, front, "fields", func() {
		l.LogAttrs(ctx, slog.LevelInfo, message, slog.String("method", "GET"), slog.String("path", "/index.html"), slog.Int("status", 200), slog.Duration("elapsed", 1500*time.Microsecond), slog.Bool("cached", true))
	})
	with := slog.New(h.WithAttrs(attrs))
	run(b, front, "context", func() { with.LogAttrs(ctx, slog.LevelInfo, message) })
	run(b, front, "both", func() { with.LogAttrs(ctx, slog.LevelInfo, message, slog.Int("n", 1)) })
	run(b, front, "filtered", func() { l.Debug(message) })
	run(b, front, "filtered-fields", func() {
		l.LogAttrs(ctx, slog.LevelDebug, message, slog.String("method", "GET"), slog.Int("status", 200))
	})
}
