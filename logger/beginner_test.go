// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/loggertest"
)

func TestBegin(t *testing.T) {
	var stderr bytes.Buffer
	p := logger.NewPublisher()
	b := logger.NewBeginner(p, &stderr)
	l := logger.New("app", p)
	for i := range 250 {
		l.Debug("early {i}", slog.Int("i", i))
	}
	l.Failure(errors.New("bad\x1b"), "it failed\n{x}", slog.Int("x", 1))
	if got := stderr.String(); !strings.HasPrefix(got, "it failed\n1\n*errors.errorString: bad\\x1b\ngithub.com/") || strings.Contains(got, "early") {
		t.Errorf("on stderr: %q", got)
	}
	one, two := loggertest.NewRecorder(), loggertest.NewRecorder()
	b.Begin(logger.BeginConfig{}, one, two)
	l.Info("late")
	for _, r := range []*loggertest.Recorder{one, two} {
		texts := r.Texts()
		if len(texts) != logger.EarlyEvents+1 || texts[0] != "debug: early 51" || texts[199] != "critical: it failed\n1" || texts[200] != "info: late" {
			t.Errorf("%d events: %q ... %q", len(texts), texts[0], texts[len(texts)-2:])
		}
	}
	n := stderr.Len()
	l.Critical("late too")
	if stderr.Len() != n {
		t.Error("stderr is still written to")
	}

	three := loggertest.NewRecorder()
	b.Begin(logger.BeginConfig{}, three)
	texts := three.Texts()
	if len(texts) != 1 || !strings.HasPrefix(texts[0], "warn: Warning: primary log target selected twice at <") || strings.Count(texts[0], "beginner_test.go:") != 2 {
		t.Errorf("after the second Begin: %q", texts)
	}
	if got := one.Texts(); got[len(got)-1] != texts[0] {
		t.Errorf("the first observers: %q", got[len(got)-1])
	}
}

func TestBeginDiscards(t *testing.T) {
	p := logger.NewPublisher()
	b := logger.NewBeginner(p, new(bytes.Buffer))
	logger.New("app", p).Info("early")
	rec := loggertest.NewRecorder()
	b.Begin(logger.BeginConfig{DiscardBuffer: true}, rec)
	if got := rec.Texts(); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// TestBeginLosesNothing begins while others log: each event comes once.
func TestBeginLosesNothing(t *testing.T) {
	for range 50 {
		p := logger.NewPublisher()
		b := logger.NewBeginner(p, new(bytes.Buffer))
		l := logger.New("app", p)
		var all sync.WaitGroup
		for g := range 3 {
			all.Go(func() {
				for i := range 50 {
					l.Info("{i}", slog.Int("i", g*50+i))
				}
			})
		}
		rec := loggertest.NewRecorder()
		b.Begin(logger.BeginConfig{}, rec)
		all.Wait()
		seen := map[string]bool{}
		for _, text := range rec.Texts() {
			if seen[text] {
				t.Fatalf("%s came twice", text)
			}
			seen[text] = true
		}
		if len(seen) != 150 {
			t.Fatalf("%d events", len(seen))
		}
	}
}

func TestRedirect(t *testing.T) {
	p := logger.NewPublisher()
	b := logger.NewBeginner(p, new(bytes.Buffer))
	rec := loggertest.NewRecorder()
	before, w, flags := slog.Default(), log.Writer(), log.Flags()
	var handled bytes.Buffer
	restore := b.Begin(logger.BeginConfig{Slog: slog.NewTextHandler(&handled, nil), RedirectLog: true}, rec)
	log.Printf("one\ntwo")
	slog.Info("three")
	restore()
	if got := rec.Texts(); !slices.Equal(got, []string{"info: one", "info: two"}) || rec.Events()[0].Namespace != "log" {
		t.Errorf("package log: %q", got)
	}
	if !strings.Contains(handled.String(), "msg=three") {
		t.Errorf("slog: %q", handled.String())
	}
	if slog.Default() != before || log.Writer() != w || log.Flags() != flags {
		t.Error("not restored")
	}
}

func deprecated(b *logger.Beginner) {
	b.Warning(1, "DeprecationWarning", "deprecated is deprecated: use another")
}

var warnings atomic.Int64

func TestWarning(t *testing.T) {
	p := logger.NewPublisher()
	b := logger.NewBeginner(p, new(bytes.Buffer))
	rec := loggertest.NewRecorder()
	b.Begin(logger.BeginConfig{}, rec)
	for range 3 {
		deprecated(b)
	}
	_, file, line, _ := runtime.Caller(0)
	deprecated(b)
	b.Warning(0, "UserWarning", "x")
	events := rec.Events()
	if len(events) != 3 {
		t.Fatalf("got %q", rec.Texts())
	}
	for i, n := range []int{line - 2, line + 1, line + 2} {
		e := events[i]
		frame, _ := runtime.CallersFrames([]uintptr{e.PC}).Next()
		if loggertest.Value(e, "filename").String() != file || loggertest.Value(e, "lineno").Int64() != int64(n) || frame.Line != n || e.Level != logger.Warn {
			t.Errorf("%d: %q, at line %d", i, e.Text(), frame.Line)
		}
	}
	if want := fmt.Sprintf("%s:%d: DeprecationWarning: deprecated is deprecated: use another", file, line-2); events[0].Text() != want {
		t.Errorf("got %q, want %q", events[0].Text(), want)
	}
	global := loggertest.Capture(t, nil)
	logger.Warning(0, "UserWarning", fmt.Sprint("y", warnings.Add(1))) // once for each place and message in a process
	if got := global.Texts(); len(got) != 1 || !strings.Contains(got[0], "beginner_test.go") {
		t.Errorf("global: %q", got)
	}
}

func TestWriter(t *testing.T) {
	l, rec := loggertest.New("io")
	w := logger.NewWriter(l, logger.Warn)
	for _, s := range []string{"a", "b\nc\n", "\n", "{x} \xc3", "\xa9\n", "rest"} {
		if n, err := w.WriteString(s); n != len(s) || err != nil {
			t.Errorf("%q: %d, %v", s, n, err)
		}
	}
	want := []string{"warn: ab", "warn: c", "warn: ", "warn: {x} \u00e9"}
	if got := rec.Texts(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if err := w.Close(); err != nil || w.Close() != nil {
		t.Error(err)
	}
	if got := rec.Texts(); !slices.Equal(got, append(want, "warn: rest")) {
		t.Errorf("after Close: %q", got)
	}
	if _, err := w.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("writing after Close: %v", err)
	}
	rec.Clear()
	w = logger.NewWriter(l, logger.Info)
	fmt.Fprint(w, strings.Repeat("x", 200_000), "\n") // a line without end is cut
	for i, e := range rec.Events() {
		if n := len(e.Text()); n > 64<<10 || i > 3 {
			t.Errorf("a line of %d", n)
		}
	}
}

func ExampleLogger() {
	p := logger.NewPublisher(logger.ObserverFunc(func(e *logger.Event) { fmt.Println(e.Namespace, e.Level, e.Text()) }))
	log := logger.New("app.web", p)
	log.Info("Hello {who}, {n:03d} times", slog.String("who", "bob"), slog.Int("n", 7))
	ctx := logger.ContextWith(context.Background(), slog.String("peer", "::1"))
	log.Log(ctx, logger.Warn, "no answer from {peer}")
	// Output:
	// app.web info Hello bob, 007 times
	// app.web warn no answer from ::1
}

func ExampleLogger_Handle() {
	log := logger.New("app", logger.ObserverFunc(func(e *logger.Event) { fmt.Println(e.Level, e.Text(), e.Failure) }))
	serve := func(peer string) {
		defer log.Handle("serving {peer}", slog.String("peer", peer))
		panic("out of cheese")
	}
	serve("bob")
	// Output: critical serving bob panic: out of cheese
}

func ExampleLevelFilter() {
	levels := logger.NewLevelFilter(logger.Warn)
	levels.Set("app.web", logger.Debug)
	show := logger.ObserverFunc(func(e *logger.Event) { fmt.Println(e.Namespace, e.Text()) })
	p := logger.NewPublisher(&logger.Filter{Observer: show, Predicates: []logger.Predicate{levels}})
	logger.New("app.db", p).Info("not shown")
	logger.New("app.web.static", p).Debug("shown")
	// Output: app.web.static shown
}
