// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package loggertest

import (
	"errors"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/logger"
)

// TestObserver tests that what newObserver returns keeps the rules of logger.Observer:
//
//   - it does not change the event, nor its fields
//   - it does not keep them: they are written to after the call, which the race detector sees
//   - it does not panic, whatever the event holds
//   - it may be called from several goroutines at a time
//   - an Enabler may be asked at any time, and gives one answer for one question
//
// Run it with -race.
func TestObserver(t *testing.T, newObserver func(t *testing.T) logger.Observer) {
	t.Run("ReadOnly", func(t *testing.T) {
		o := newObserver(t)
		for name, e := range odd() {
			before := e.Clone()
			o.Observe(e)
			if !sameEvent(before, e) {
				t.Errorf("%s: the event has changed", name)
			}
		}
	})
	t.Run("NotKept", func(t *testing.T) {
		o := newObserver(t)
		for range 100 {
			e := &logger.Event{Time: time.Unix(1, 0), Level: logger.Critical, Namespace: "test", Format: "{a}", HasFormat: true, Fields: []slog.Attr{slog.Int("a", 1)}}
			o.Observe(e)
			e.Fields[0] = slog.String("gone", "gone")
			*e = logger.Event{Fields: e.Fields}
		}
	})
	t.Run("Concurrent", func(t *testing.T) {
		o := newObserver(t)
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				for i := range 50 {
					o.Observe(&logger.Event{Level: logger.Info, Namespace: "test", Format: "{n}.{i}", HasFormat: true, Fields: []slog.Attr{slog.Int("n", n), slog.Int("i", i)}})
					if en, ok := o.(logger.Enabler); ok {
						en.Enabled("test", logger.Debug)
					}
				}
			})
		}
		all.Wait()
	})
	t.Run("Enabled", func(t *testing.T) {
		en, ok := newObserver(t).(logger.Enabler)
		if !ok {
			t.Skip("it is no Enabler")
		}
		for _, level := range []logger.Level{logger.NoLevel, logger.Debug, logger.Info, logger.Critical} {
			for _, namespace := range []string{"", ".", "a.b"} {
				first, second := en.Enabled(namespace, level), en.Enabled(namespace, level)
				if first != second {
					t.Errorf("%q at %s: two answers", namespace, level)
				}
			}
		}
	})
}

type broken struct{}

func (broken) String() string { panic("String panics") }
func (broken) Error() string  { panic("Error panics") }

// odd returns events that observers have to bear.
func odd() map[string]*logger.Event {
	loop := map[string]any{}
	loop["self"] = loop
	with := func(format string, fields ...slog.Attr) *logger.Event {
		return &logger.Event{Time: time.Unix(1, 0), Level: logger.Warn, Namespace: "test", Format: format, HasFormat: true, Fields: fields}
	}
	failed := with("failed {why}", slog.String("why", "x"))
	failed.Failure, failed.Stack = errors.New("no"), "main.main(...)\n\tmain.go:1\n"
	worse := with("failed")
	worse.Failure = broken{}
	return map[string]*logger.Event{
		"zero":          {},
		"no level":      {Level: logger.NoLevel, Fields: []slog.Attr{slog.Int("a", 1)}},
		"strange level": {Level: 1000, Time: time.Unix(-1<<40, 0), Format: "x", HasFormat: true},
		"empty":         with(""),
		"bad format":    with("{a"),
		"no field":      with("{nothing.at[all]}"),
		"broken":        with("{b} {b!r}", slog.Any("b", broken{})),
		"failure":       failed,
		"worse":         worse,
		"values": with("{nan} {nil} {bytes} {f}", slog.Float64("nan", math.NaN()), slog.Any("nil", nil), slog.Any("bytes", []byte{0xff, 0}), slog.Any("f", func() {}),
			slog.Any("chan", make(chan int)), slog.Any("ptr", (*time.Time)(nil)), slog.Group("g", slog.Int("x", 1)), slog.Duration("d", time.Second), slog.Attr{}),
		"loop":     with("{loop}", slog.Any("loop", loop)),
		"controls": with("a\x1b[31m\r\n{x}\xff", slog.String("x", "\x00\u202e\n")),
		"long":     with("{long}{long}", slog.String("long", strings.Repeat("x", 100_000))),
	}
}

func sameEvent(a, b *logger.Event) bool {
	same := a.Time.Equal(b.Time) && a.Level == b.Level && a.Namespace == b.Namespace && a.Format == b.Format && a.HasFormat == b.HasFormat && a.System == b.System &&
		a.Stack == b.Stack && a.PC == b.PC && reflect.TypeOf(a.Failure) == reflect.TypeOf(b.Failure) && len(a.Fields) == len(b.Fields) && len(a.Flattened) == len(b.Flattened)
	for i := range a.Fields {
		same = same && a.Fields[i].Key == b.Fields[i].Key && a.Fields[i].Value.Kind() == b.Fields[i].Value.Kind()
	}
	return same
}
