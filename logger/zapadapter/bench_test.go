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

// BenchmarkZap is zap itself, with zap's own encoders, of the same form of times, and without the caller's place.
func BenchmarkZap(b *testing.B) { benchZap(b) }

// BenchmarkZapCaller is zap with the caller's program counter, which slog has always.
func BenchmarkZapCaller(b *testing.B) { benchZap(b, zap.AddCaller()) }

func benchZap(b *testing.B, options ...zap.Option) {
	config := encoderConfig()
	config.EncodeTime, config.EncodeLevel, config.CallerKey = zapcore.RFC3339NanoTimeEncoder, zapcore.LowercaseLevelEncoder, ""
	l := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.Lock(zapcore.AddSync(io.Discard)), zapcore.InfoLevel), options...)
	b.Run("fields", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Info(message, zap.String("method", "GET"), zap.String("path", "/index.html"), zap.Int("status", 200), zap.Duration("elapsed", 1500*time.Microsecond), zap.Bool("cached", true))
		}
	})
	b.Run("context", func(b *testing.B) {
		b.ReportAllocs()
		l := l.With(zapFields...)
		for b.Loop() {
			l.Info(message)
		}
	})
	b.Run("disabled/bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Debug(message)
		}
	})
	b.Run("disabled", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Debug(message, zap.String("method", "GET"), zap.Int("status", 200))
		}
	})
}

// BenchmarkHandler is slog over NewJSON.
func BenchmarkHandler(b *testing.B) {
	benchSlog(b, NewHandler(NewJSON(io.Discard, slog.LevelInfo), nil))
}

// BenchmarkHandlerEvents is slog, made events of, over NewJSON.
func BenchmarkHandlerEvents(b *testing.B) {
	benchSlog(b, slogadapter.New(NewObserver(NewJSON(io.Discard, slog.LevelInfo), nil), nil))
}

// BenchmarkSlog is the standard library's own.
func BenchmarkSlog(b *testing.B) { benchSlog(b, slog.NewJSONHandler(io.Discard, nil)) }

func benchSlog(b *testing.B, h slog.Handler) {
	ctx := context.Background()
	l := slog.New(h)
	b.Run("fields", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.LogAttrs(ctx, slog.LevelInfo, message, slog.String("method", "GET"), slog.String("path", "/index.html"), slog.Int("status", 200), slog.Duration("elapsed", 1500*time.Microsecond), slog.Bool("cached", true))
		}
	})
	b.Run("context", func(b *testing.B) {
		b.ReportAllocs()
		l := slog.New(h.WithAttrs(attrs))
		for b.Loop() {
			l.LogAttrs(ctx, slog.LevelInfo, message)
		}
	})
	b.Run("disabled", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.LogAttrs(ctx, slog.LevelDebug, message, slog.String("method", "GET"), slog.Int("status", 200))
		}
	})
	b.Run("disabled/bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Debug(message)
		}
	})
}

// BenchmarkObserver is an event, with the time that zap takes for itself, over NewJSON.
func BenchmarkObserver(b *testing.B) {
	var o logger.Enabler = NewObserver(NewJSON(io.Discard, slog.LevelInfo), nil)
	var pooled logger.Event // as a logger keeps them
	b.Run("fields", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if o.Enabled("app.web", logger.Info) {
				pooled = logger.Event{Time: time.Now(), Level: logger.Info, Format: message, HasFormat: true, Fields: []slog.Attr{
					slog.String("method", "GET"), slog.String("path", "/index.html"), slog.Int("status", 200), slog.Duration("elapsed", 1500*time.Microsecond), slog.Bool("cached", true)}}
				o.Observe(&pooled)
			}
		}
	})
	b.Run("context", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if o.Enabled("app.web", logger.Info) {
				pooled = logger.Event{Time: time.Now(), Level: logger.Info, Format: message, HasFormat: true, Fields: attrs}
				o.Observe(&pooled)
			}
		}
	})
	b.Run("disabled", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if o.Enabled("app.web", logger.Debug) {
				o.Observe(&logger.Event{Time: time.Now(), Level: logger.Debug, Format: message, HasFormat: true, Fields: attrs})
			}
		}
	})
}
