// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/loggertest"
)

// TestObserverLogsToItself has an observer log two events for each: the publisher leaves it alone before the stack ends.
func TestObserverLogsToItself(t *testing.T) {
	rec := loggertest.NewRecorder()
	p := logger.NewPublisher()
	log := logger.New("again", p)
	n := 0
	p.Add(logger.ObserverFunc(func(*logger.Event) {
		n++
		log.Info("again")
		log.Info("and again")
	}))
	p.Add(&logger.Filter{Observer: rec, Predicates: []logger.Predicate{logger.PredicateFunc(func(e *logger.Event) logger.Result {
		if e.Level < logger.Critical {
			return logger.No
		}
		return logger.Maybe
	})}})
	log.Info("first")
	if n < 1000 || n > 10000 {
		t.Errorf("%d calls", n)
	}
	if texts := rec.Texts(); len(texts) == 0 || !strings.Contains(texts[0], "Temporarily disabling observer") || !strings.Contains(rec.Events()[0].Failure.Error(), "logs to itself") {
		t.Errorf("%.300q", texts)
	}
}

type badEnabler struct{ logger.ObserverFunc }

func (badEnabler) Enabled(string, logger.Level) bool { panic("no answer") }

// TestEnabledPanics: the caller does not see it, and the others are told.
func TestEnabledPanics(t *testing.T) {
	rec := loggertest.NewRecorder()
	log := logger.New("x", logger.NewPublisher(badEnabler{func(*logger.Event) {}}, rec))
	log.Info("one")
	log.Info("two")
	if got := fmt.Sprint(rec.Texts()); !strings.Contains(got, "info: one") || !strings.Contains(got, "info: two") || strings.Count(got, "Temporarily disabling") != 1 {
		t.Error(got)
	}
}

type logs struct{ log *logger.Logger }

func (l logs) String() string { l.log.Critical("from a String method"); return "x" }

// TestEarlyReentrant has a field's method log while a critical event is written before logging begins.
func TestEarlyReentrant(t *testing.T) {
	var out bytes.Buffer
	p := new(logger.Publisher)
	b := logger.NewBeginner(p, &out)
	log := logger.New("x", p)
	log.Critical("{v}", slog.Any("v", logs{log}))
	if got := out.String(); got != "from a String method\nx\n" {
		t.Errorf("%q", got)
	}
	rec := loggertest.NewRecorder()
	b.Begin(logger.BeginConfig{}, rec)
	if n := len(rec.Events()); n != 2 {
		t.Errorf("%d events", n)
	}
}

// TestObserversComeAndGo adds and removes observers while others log: one that stays misses nothing.
func TestObserversComeAndGo(t *testing.T) {
	p := logger.NewPublisher()
	stays := loggertest.NewRecorder()
	p.Add(stays)
	var loggers, changers sync.WaitGroup
	stop := make(chan struct{})
	changers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				p.Add(logger.ObserverFunc(func(*logger.Event) {}))()
			}
		}
	})
	for range 4 {
		loggers.Go(func() {
			log := logger.New("x", p).With(slog.Int("a", 1))
			for range 500 {
				log.Info("x")
			}
		})
	}
	loggers.Wait()
	close(stop)
	changers.Wait()
	if n := len(stays.Events()); n != 2000 {
		t.Errorf("%d events, want 2000", n)
	}
}

func TestHistoryBytes(t *testing.T) {
	h := logger.History{Size: 1000, Bytes: 10_000}
	for i := range 500 {
		h.Observe(&logger.Event{Format: "{i}", Fields: []slog.Attr{slog.Int("i", i), slog.String("s", strings.Repeat("x", 500))}})
	}
	events := h.Events()
	if len(events) < 5 || len(events) > 20 || events[len(events)-1].Text() != "499" || events[0].Text() != fmt.Sprint(500-len(events)) {
		t.Errorf("%d events", len(events))
	}
	h.Observe(&logger.Event{Format: "huge", Fields: []slog.Attr{slog.Group("g", slog.Any("b", make([]byte, 1<<20)))}})
	if events := h.Events(); len(events) != 1 || events[0].Format != "huge" {
		t.Errorf("%d events", len(events))
	}
	if h.Observe(&logger.Event{Format: "next"}); len(h.Events()) != 1 {
		t.Error("the huge one stayed")
	}
	h.Clear()
	if h.Observe(&logger.Event{Format: "after"}); len(h.Events()) != 1 {
		t.Error("nothing is kept after Clear")
	}
}

// TestManyFields is a format with many fields over an event with many: class 60, work that grows with the square.
func TestManyFields(t *testing.T) {
	e := &logger.Event{}
	for i := range 20_000 {
		e.Fields = append(e.Fields, slog.String(fmt.Sprint("k", i), ""))
	}
	e.Format = strings.Repeat("{k0}", 20_000) + "end {k1} {log_namespace}"
	e.Namespace = "n"
	if got := e.Text(); got != "end  n" {
		t.Errorf("%.100q", got)
	}
}
