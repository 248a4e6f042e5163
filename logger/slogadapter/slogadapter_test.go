// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package slogadapter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/race"
	"github.com/torsion-go/torsion/logger/slogadapter"
)

// asMap is an event as slogtest wants it.
func asMap(e *logger.Event) map[string]any {
	m := groupMap(e.Fields)
	if !e.Time.IsZero() {
		m[slog.TimeKey] = e.Time
	}
	m[slog.LevelKey] = slog.Level(e.Level)
	m[slog.MessageKey] = e.Format
	return m
}

func groupMap(attrs []slog.Attr) map[string]any {
	m := map[string]any{}
	for _, a := range attrs {
		if a.Value.Kind() == slog.KindGroup {
			m[a.Key] = groupMap(a.Value.Group())
		} else {
			m[a.Key] = a.Value.Any()
		}
	}
	return m
}

func TestHandlerSlogtest(t *testing.T) {
	var got map[string]any
	observer := logger.ObserverFunc(func(e *logger.Event) { got = asMap(e) })
	slogtest.Run(t, func(*testing.T) slog.Handler { return slogadapter.New(observer, nil) }, func(*testing.T) map[string]any { return got })
}

// TestThroughBothSlogtest goes from slog to events and back to slog.
func TestThroughBothSlogtest(t *testing.T) {
	var buf bytes.Buffer
	var there map[string]any
	slogtest.Run(t, func(*testing.T) slog.Handler {
		back := slogadapter.New(logger.ObserverFunc(func(e *logger.Event) { there = asMap(e) }), nil)
		buf.Reset()
		return slogadapter.New(slogadapter.NewObserver(back), nil)
	}, func(*testing.T) map[string]any { return there })
}

// record keeps what one event says; the event itself is lent.
type record struct {
	logger.Event
	fields string
}

func recorder(into *[]record) logger.ObserverFunc {
	return func(e *logger.Event) { *into = append(*into, record{*e, fmt.Sprint(e.Fields)}) }
}

type traced struct{ error }

func (traced) Traceback() string { return "boom\n\nmain.f\n\tf.go:1\n" }

type verbose struct{ error }

func (v verbose) Format(s fmt.State, verb rune) {
	fmt.Fprint(s, v.Error())
	if s.Flag('+') {
		fmt.Fprint(s, "\nmain.g\n\tg.go:2\n")
	}
}

type lazy struct{ v any }

func (l lazy) LogValue() slog.Value { return slog.AnyValue(l.v) }

func TestHandlerFields(t *testing.T) {
	boom := errors.New("boom")
	tests := []struct {
		name string
		log  func(l *slog.Logger)
		want logger.Event
		text string
	}{
		{"braces", func(l *slog.Logger) { l.Info("100 {%} }") }, logger.Event{Format: "100 {{%}} }}"}, "[]"},
		{"namespace", func(l *slog.Logger) { l.With("namespace", "a.b").Info("x", "system", "s") }, logger.Event{Format: "x", Namespace: "a.b", System: "s"}, "[]"},
		{"namespace in group", func(l *slog.Logger) { l.WithGroup("g").Info("x", "namespace", "a.b") }, logger.Event{Format: "x"}, "[g=[namespace=a.b]]"},
		{"error", func(l *slog.Logger) { l.Info("x", "err", boom, "n", 1) }, logger.Event{Format: "x", Failure: boom}, "[n=1]"},
		{"error lazily", func(l *slog.Logger) { l.Info("x", "error", lazy{boom}) }, logger.Event{Format: "x", Failure: boom}, "[]"},
		{"other key", func(l *slog.Logger) { l.Info("x", "cause", boom) }, logger.Event{Format: "x", Failure: boom}, "[cause=boom]"},
		{"named wins", func(l *slog.Logger) { l.Info("x", "cause", errors.New("c"), "err", boom) }, logger.Event{Format: "x", Failure: boom}, "[cause=c]"},
		{"error text", func(l *slog.Logger) { l.Info("x", "err", "boom") }, logger.Event{Format: "x"}, "[err=boom]"},
		{"error of With", func(l *slog.Logger) { l.With("err", boom).Info("x") }, logger.Event{Format: "x", Failure: boom}, "[]"},
		{"traceback", func(l *slog.Logger) { l.Info("x", "err", fmt.Errorf("w: %w", traced{boom})) }, logger.Event{Format: "x", Failure: boom, Stack: "main.f\n\tf.go:1"}, "[]"},
		{"verbose", func(l *slog.Logger) { l.Info("x", "err", verbose{boom}) }, logger.Event{Format: "x", Failure: boom, Stack: "main.g\n\tg.go:2"}, "[]"},
		{"groups", func(l *slog.Logger) { l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").Info("x", "c", 3) }, logger.Event{Format: "x"}, "[a=1 g=[b=2 h=[c=3]]]"},
		{"empty groups", func(l *slog.Logger) { l.WithGroup("g").WithGroup("h").Info("x") }, logger.Event{Format: "x"}, "[]"},
		{"lazy in group", func(l *slog.Logger) { l.Info("x", slog.Group("g", "v", lazy{7}, slog.Group("e"))) }, logger.Event{Format: "x"}, "[g=[v=7]]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []record
			tt.log(slog.New(slogadapter.New(recorder(&got), nil)))
			if len(got) != 1 {
				t.Fatalf("%d events", len(got))
			}
			e := got[0]
			if e.Format != tt.want.Format || !e.HasFormat || e.Namespace != tt.want.Namespace || e.System != tt.want.System || e.Stack != tt.want.Stack {
				t.Errorf("event %+v", e.Event)
			}
			if (e.Failure == nil) != (tt.want.Failure == nil) || e.Failure != nil && !strings.HasSuffix(e.Failure.Error(), tt.want.Failure.Error()) {
				t.Errorf("failure %v, want %v", e.Failure, tt.want.Failure)
			}
			if e.fields != tt.text {
				t.Errorf("fields %s, want %s", e.fields, tt.text)
			}
		})
	}
}

type gate struct {
	logger.ObserverFunc
	asked []string
}

func (g *gate) Enabled(ns string, l logger.Level) bool {
	g.asked = append(g.asked, ns)
	return l >= logger.Warn
}

func TestEnabled(t *testing.T) {
	g := &gate{ObserverFunc: func(*logger.Event) {}}
	h := slogadapter.New(g, &slogadapter.Options{Namespace: "base"})
	ctx := context.Background()
	if h.Enabled(ctx, slog.LevelInfo) || !h.Enabled(ctx, slog.LevelWarn) {
		t.Error("the observer was not asked")
	}
	h.WithAttrs([]slog.Attr{slog.String("namespace", "sub")}).Enabled(ctx, slog.LevelInfo)
	if want := "[base base sub]"; fmt.Sprint(g.asked) != want {
		t.Errorf("asked for %v, want %v", g.asked, want)
	}
	h = slogadapter.New(logger.ObserverFunc(func(*logger.Event) {}), &slogadapter.Options{Level: logger.Critical})
	if h.Enabled(ctx, slog.LevelError) || !h.Enabled(ctx, slog.Level(logger.Critical)) {
		t.Error("Level does not hold")
	}
}

func TestContextFields(t *testing.T) {
	type key struct{}
	var got []record
	l := slog.New(slogadapter.New(recorder(&got), &slogadapter.Options{Fields: func(ctx context.Context) []slog.Attr {
		return []slog.Attr{slog.Any("trace", ctx.Value(key{}))}
	}}))
	l.InfoContext(context.WithValue(context.Background(), key{}, 5), "x", "n", 1)
	if got[0].fields != "[trace=5 n=1]" {
		t.Errorf("fields %s", got[0].fields)
	}
}

// TestSourceLocation shows the caller's file and line behind both adapters. Twisted: STDLibLogObserver finds it by depth.
func TestSourceLocation(t *testing.T) {
	var buf bytes.Buffer
	std := slog.NewTextHandler(&buf, &slog.HandlerOptions{AddSource: true})
	l := slog.New(slogadapter.New(slogadapter.NewObserver(std), nil))
	_, _, line, _ := runtime.Caller(0)
	l.Warn("here")
	if want := fmt.Sprintf("slogadapter_test.go:%d", line+1); !strings.Contains(buf.String(), want) {
		t.Errorf("%q does not name %s", buf.String(), want)
	}
}

func TestObserver(t *testing.T) {
	var buf bytes.Buffer
	o := slogadapter.NewObserver(slog.NewTextHandler(&buf, nil))
	o.Observe(&logger.Event{Level: logger.Debug, Format: "not wanted", HasFormat: true})
	o.Observe(&logger.Event{Time: time.Unix(0, 0).UTC(), Level: logger.Critical, Namespace: "app.web", System: "sys", Format: "Hello {who} {{{g.n:05d}}}", HasFormat: true,
		Failure: errors.New("boom"), Stack: "st", Fields: []slog.Attr{slog.String("who", "bob"), slog.Group("g", "n", 3)}})
	want := "time=1970-01-01T00:00:00.000Z level=ERROR+4 msg=\"Hello bob {00003}\" namespace=app.web system=sys who=bob g.n=3 error=boom stack=st\n"
	if buf.String() != want {
		t.Errorf("got  %swant %s", buf.String(), want)
	}
}

type failing struct{ slog.Handler }

func (failing) Handle(context.Context, slog.Record) error { return errors.New("no") }

func TestObserverCountsErrors(t *testing.T) {
	o := slogadapter.NewObserver(failing{slog.DiscardHandler})
	o.Observe(&logger.Event{})
	if o.Errors() != 0 {
		t.Error("a handler that wants nothing was asked")
	}
	o = slogadapter.NewObserver(failing{slog.NewTextHandler(new(bytes.Buffer), nil)})
	o.Observe(&logger.Event{})
	if o.Errors() != 1 {
		t.Errorf("%d errors", o.Errors())
	}
}

func TestAllocs(t *testing.T) {
	l := slog.New(slogadapter.New(logger.ObserverFunc(func(*logger.Event) {}), nil)).With("a", 1)
	ctx := context.Background()
	n := testing.AllocsPerRun(100, func() {
		l.LogAttrs(ctx, slog.LevelInfo, "x", slog.String("s", "v"), slog.Int("i", 1), slog.Duration("d", time.Second))
	})
	if n != 0 && !race.Enabled {
		t.Errorf("%v allocations an event", n)
	}
}

func ExampleNew() {
	observer := logger.ObserverFunc(func(e *logger.Event) { fmt.Println(e.Level.Level(), e.Namespace, e.Format, e.Fields, e.Failure) })
	log := slog.New(slogadapter.New(observer, nil)).With("namespace", "app.web")
	log.Warn("slow answer", "path", "/", "err", context.DeadlineExceeded)
	// Output: WARN app.web slow answer [path=/] context deadline exceeded
}
