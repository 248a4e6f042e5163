// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/loggertest"
)

func TestLevels(t *testing.T) {
	order := []logger.Level{logger.NoLevel, logger.Debug, logger.Info, logger.Warn, logger.Error, logger.Critical}
	if !slices.IsSorted(order) {
		t.Error("the levels are not in order")
	}
	severities := []int{0, 5, 9, 13, 17, 21}
	for i, name := range []string{"-", "debug", "info", "warn", "error", "critical"} {
		if order[i].String() != name || order[i].Name() != name || order[i].Severity() != severities[i] {
			t.Errorf("%d: %s, %s, %d", i, order[i], order[i].Name(), order[i].Severity())
		}
		if i == 0 {
			continue
		}
		if l, err := logger.ParseLevel(name); l != order[i] || err != nil {
			t.Errorf("%s: %v, %v", name, l, err)
		}
		var l logger.Level
		if text, err := order[i].MarshalText(); err != nil || l.UnmarshalText(text) != nil || l != order[i] {
			t.Errorf("%s: %v after a round trip", name, l)
		}
	}
	for _, bad := range []string{"warning", "WARN", "", "-", "info+2"} {
		var invalid *logger.InvalidLevelError
		if _, err := logger.ParseLevel(bad); !errors.As(err, &invalid) || invalid.Name != bad || !strings.Contains(err.Error(), "levels are debug") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got := (logger.Info + 2).String(); got != "info+2" {
		t.Error(got)
	}
	if got := (logger.Debug - 1).String(); got != "debug-1" {
		t.Error(got)
	}
	if slog.LevelWarn != logger.Warn.Level() {
		t.Error("warn is not slog's")
	}
}

func TestMethods(t *testing.T) {
	log, logged := loggertest.New("app")
	before := time.Now()
	log.Debug("d {n}", slog.Int("n", 1))
	log.Info("i")
	log.Warn("w")
	log.Error("e")
	log.Critical("c")
	var none context.Context
	log.Log(none, logger.Info+1, "between")
	log.Info("", slog.Int("n", 1))
	if got, want := logged.Texts(), []string{"debug: d 1", "info: i", "warn: w", "error: e", "critical: c", "info+1: between", "info: "}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	for i, e := range logged.Events() {
		frame, _ := runtime.CallersFrames([]uintptr{e.PC}).Next()
		if e.Namespace != "app" || e.Time.Before(before) || !strings.HasSuffix(frame.File, "logger_test.go") || e.HasFormat != (i < 6) {
			t.Errorf("%+v at %s", e, frame.File)
		}
	}
}

func TestInvalidLevel(t *testing.T) {
	log, logged := loggertest.New("app")
	log.Log(context.Background(), logger.NoLevel, "the {x}", slog.Int("x", 1))
	e := logged.Events()[0]
	var invalid *logger.InvalidLevelError
	if e.Level != logger.Critical || !errors.As(e.Failure, &invalid) || !strings.Contains(e.Text(), `"the {x}"`) || loggertest.Value(e, "x").Int64() != 1 {
		t.Errorf("%v: %v, %q", e.Level, e.Failure, e.Text())
	}
}

type Site struct{ Name string }

func TestDerived(t *testing.T) {
	log, logged := loggertest.New("app")
	base := log.With(slog.String("a", "1"), slog.String("b", "1"))
	one, two := &Site{"one"}, Site{"two"}
	base.For(one).Info("{log_source.Name}")
	base.For(two).Info("{log_source.Name}")
	base.With(slog.String("b", "2")).Info("{a}{b}")
	base.With(slog.String("b", "3")).Info("{a}{b}")
	base.Info("{a}{b}{b}", slog.String("b", "4"))
	base.Named("web").WithSystem("sys").Info("{log_system} {log_namespace}")
	logger.New("", log2(logged)).Named("x").Info("x")
	ctx := logger.ContextWith(logger.ContextWith(context.Background(), slog.String("a", "ctx"), slog.String("peer", "p")), slog.String("q", "q"))
	base.Log(ctx, logger.Info, "{a}{b}{peer}{q}", slog.String("q", "own"))
	base.Log(context.Background(), logger.Info, "{a}")
	if got, want := logged.Texts(), []string{"info: one", "info: two", "info: 12", "info: 13", "info: 144", "info: sys app.web", "info: x", "info: ctx1pown", "info: 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	events := logged.Events()
	if events[0].Source != one || events[1].Source != two || events[0].Namespace != "app.Site" || events[1].Namespace != "app.Site" {
		t.Errorf("sources: %v, %v", events[0], events[1])
	}
	if events[6].Namespace != "x" {
		t.Errorf("namespace %q", events[6].Namespace)
	}
}

func log2(r *loggertest.Recorder) logger.Observer { return r }

func TestForPackage(t *testing.T) {
	if got := logger.ForPackage(nil).Namespace(); got != "github.com.torsion-go.torsion.logger_test" {
		t.Errorf("got %q", got)
	}
	if got := func() string { return logger.ForPackage(nil).Namespace() }(); got != "github.com.torsion-go.torsion.logger_test" {
		t.Errorf("in a closure: %q", got)
	}
}

// TestSynchronous: the observer has the event, on the same goroutine, before the call returns.
func TestSynchronous(t *testing.T) {
	seen := false
	logger.New("x", logger.ObserverFunc(func(*logger.Event) { seen = true })).Info("x")
	if !seen {
		t.Error("the event has not come")
	}
}

func TestGlobalByDefault(t *testing.T) {
	logged := loggertest.Capture(t, nil)
	inner := loggertest.Capture(t, logger.Global())
	logger.New("app", nil).Info("one")
	var zero logger.Logger
	zero.Info("two")
	for _, r := range []*loggertest.Recorder{logged, inner} {
		if got := r.Texts(); !slices.Equal(got, []string{"info: one", "info: two"}) {
			t.Errorf("got %q", got)
		}
	}
}

// TestEmitNeverPanics: a broken observer does not reach who logs.
func TestEmitNeverPanics(t *testing.T) {
	logged := loggertest.Capture(t, nil)
	logger.New("app", logger.ObserverFunc(func(*logger.Event) { panic("broken") })).Info("x")
	e := logged.Events()
	var p *logger.PanicError
	if len(e) != 1 || !errors.As(e[0].Failure, &p) || p.Value != "broken" || !strings.Contains(e[0].Stack, "TestEmitNeverPanics") {
		t.Errorf("got %q", logged.Texts())
	}
}

type stacked struct{ error }

func (stacked) Stack() string { return "its own" }

func TestFailure(t *testing.T) {
	log, logged := loggertest.New("app")
	err := errors.New("bad")
	log.Failure(err, "doing {x}", slog.Int("x", 1))
	log.FailureAt(logger.Warn, stacked{err}, "")
	log.WithoutStacks().Failure(err, "")
	log.WithoutStacks().Failure(fmt.Errorf("wrapped: %w", stacked{err}), "")
	log.Failure(nil, "no error")
	e := logged.Events()
	if e[0].Level != logger.Critical || e[0].Failure != err || !strings.HasPrefix(e[0].Stack, "github.com/torsion-go/torsion/logger_test.TestFailure(...)\n\t") {
		t.Errorf("%+v", e[0])
	}
	if got := e[0].Traceback(); !strings.HasPrefix(got, "*errors.errorString: bad\ngithub.com") {
		t.Errorf("traceback %q", got)
	}
	if e[1].Level != logger.Warn || e[1].Stack != "its own" || e[2].Stack != "" || e[3].Stack != "its own" {
		t.Errorf("stacks: %q, %q, %q", e[1].Stack, e[2].Stack, e[3].Stack)
	}
	if e[4].Failure != nil || e[4].Stack != "" || e[4].Traceback() != "" {
		t.Errorf("no error: %+v", e[4])
	}
}

func TestHandle(t *testing.T) {
	log, logged := loggertest.New("app")
	cause := errors.New("cause")
	func() {
		defer log.Handle("serving {peer}", slog.String("peer", "p"))
		panicker(cause)
	}()
	func() {
		defer log.Handle("nothing happens")
	}()
	e := logged.Events()
	if len(e) != 1 || e[0].Level != logger.Critical || e[0].Text() != "serving p" || !errors.Is(e[0].Failure, cause) || !strings.Contains(e[0].Stack, "logger_test.panicker") {
		t.Errorf("got %q", logged.Texts())
	}
}

func panicker(v any) { panic(v) }

func TestDo(t *testing.T) {
	log, logged := loggertest.New("app")
	bad := errors.New("bad")
	ok := log.Do(func() error { return nil }, "fine")
	failed := log.Do(func() error { return bad }, "failed {x}", slog.Int("x", 1))
	panicked := log.Do(func() error { panic("loud") }, "panicked")
	gone := <-log.Go(func() error { return bad }, "gone {x}", slog.Int("x", 2))
	if !ok.Succeeded() || ok.Failed() || failed.Succeeded() || failed.Failure != bad || gone.Failure != bad {
		t.Errorf("%v, %v, %v", ok, failed, gone)
	}
	var p *logger.PanicError
	if !errors.As(panicked.Failure, &p) || p.Value != "loud" {
		t.Errorf("%v", panicked)
	}
	if got := logged.Texts(); !slices.Equal(got, []string{"critical: failed 1", "critical: panicked", "critical: gone 2"}) {
		t.Errorf("got %q", got)
	}
	if flushed := logged.Flush(func(err error) bool { return err == bad }); len(flushed) != 2 || len(logged.Events()) != 1 {
		t.Errorf("flushed %d", len(flushed))
	}
}

func TestLookup(t *testing.T) {
	e := &logger.Event{Level: logger.NoLevel, Fields: []slog.Attr{slog.String("log_system", "field")}}
	for _, name := range []string{"log_level", "log_format", "log_time", "log_failure", "other"} {
		if v, ok := e.Lookup(name); ok {
			t.Errorf("%s is %v", name, v)
		}
	}
	if v, _ := e.Lookup("log_system"); v.String() != "field" {
		t.Errorf("the field: %v", v)
	}
	e = &logger.Event{Time: time.Unix(1709211845, 678000), Format: "f", HasFormat: true, Failure: errors.New("x")}
	if v, _ := e.Lookup("log_time"); v.Float64() != 1709211845.000678 {
		t.Errorf("log_time: %v", v)
	}
	for _, name := range []string{"log_level", "log_format", "log_failure", "log_namespace", "log_source"} {
		if _, ok := e.Lookup(name); !ok {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestClone(t *testing.T) {
	e := &logger.Event{Fields: []slog.Attr{slog.Int("a", 1)}}
	c := e.Clone()
	e.Fields[0] = slog.Int("a", 2)
	if c.Fields[0].Value.Int64() != 1 {
		t.Error("the copy shares the fields")
	}
}

// TestAllocs: an event that nobody wants costs nothing, and one that is wanted takes no memory of its own.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	levels := logger.NewLevelFilter(logger.Info)
	n := 0
	p := logger.NewPublisher(&logger.Filter{Observer: logger.ObserverFunc(func(e *logger.Event) { n += len(e.Fields) }), Predicates: []logger.Predicate{levels}})
	log := logger.New("app.web", p)
	s, i := strings.Repeat("text", 2), 7
	disabled := func() {
		log.Debug("a {s} {i}", slog.String("s", s), slog.Int("i", i), slog.Bool("b", true), slog.Duration("d", time.Second))
	}
	if got := testing.AllocsPerRun(1000, disabled); got != 0 || n != 0 {
		t.Errorf("disabled: %v allocations", got)
	}
	levels.Set("other", logger.Debug)
	if got := testing.AllocsPerRun(1000, disabled); got != 0 || n != 0 {
		t.Errorf("disabled, with levels for other namespaces: %v allocations", got)
	}
	enabled := func() {
		log.Info("a {s} {i}", slog.String("s", s), slog.Int("i", i), slog.Bool("b", true), slog.Duration("d", time.Second))
	}
	if got := testing.AllocsPerRun(1000, enabled); got > 0 {
		t.Errorf("enabled: %v allocations", got)
	}
}

func BenchmarkDisabled(b *testing.B) {
	levels := logger.NewLevelFilter(logger.Info)
	log := logger.New("app.web", logger.NewPublisher(&logger.Filter{Observer: loggertest.NewRecorder(), Predicates: []logger.Predicate{levels}}))
	b.ReportAllocs()
	for b.Loop() {
		log.Debug("a {s} {i}", slog.String("s", "text"), slog.Int("i", 7))
	}
}

func BenchmarkEnabled(b *testing.B) {
	log := logger.New("app.web", logger.NewPublisher(logger.ObserverFunc(func(e *logger.Event) {})))
	b.ReportAllocs()
	for b.Loop() {
		log.Info("a {s} {i}", slog.String("s", "text"), slog.Int("i", 7))
	}
}
