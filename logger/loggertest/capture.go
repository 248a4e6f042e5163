// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package loggertest

import (
	"log/slog"
	"testing"

	"github.com/torsion-go/torsion/logger"
)

// A Recorder keeps every event that it gets. Safe from any goroutine.
type Recorder struct{ history logger.History }

// Capture records what p publishes until the test ends: nil is logger.Global. Captures may be nested; each gets all. For a test that runs beside others, New is better. Twisted:
// capturedLogs.
func Capture(tb testing.TB, p *logger.Publisher) *Recorder {
	tb.Helper()
	if p == nil {
		p = logger.Global()
	}
	r := NewRecorder()
	tb.Cleanup(p.Add(r))
	return r
}

// New returns a Logger and the Recorder that it logs to, for one test.
func New(namespace string) (*logger.Logger, *Recorder) {
	r := NewRecorder()
	return logger.New(namespace, r), r
}

// NewRecorder returns a Recorder.
func NewRecorder() *Recorder { return &Recorder{logger.History{Size: -1}} }

// Observe keeps a copy of the event.
func (r *Recorder) Observe(e *logger.Event) { r.history.Observe(e) }

// Events returns the events, in order.
func (r *Recorder) Events() []*logger.Event { return r.history.Events() }

// Clear forgets them.
func (r *Recorder) Clear() { r.history.Clear() }

// Texts returns the events as "level: text".
func (r *Recorder) Texts() []string {
	texts := []string{}
	for _, e := range r.Events() {
		texts = append(texts, e.Level.String()+": "+e.Text())
	}
	return texts
}

// At returns the events of a level and above.
func (r *Recorder) At(level logger.Level) []*logger.Event {
	var found []*logger.Event
	for _, e := range r.Events() {
		if e.Level >= level {
			found = append(found, e)
		}
	}
	return found
}

// Failed fails the test for each event of Error and above, and forgets those: for the end of a test in which nothing may have failed. Errors that are meant are taken out before, by Flush.
func (r *Recorder) Failed(tb testing.TB) {
	tb.Helper()
	for _, e := range r.At(logger.Error) {
		tb.Errorf("logged: %s: %s\n%s", e.Level, e.Text(), e.Traceback())
	}
	r.Clear()
}

// Flush takes out the events whose failures match says are meant, and returns them. Twisted: flushLoggedErrors.
func (r *Recorder) Flush(match func(error) bool) []*logger.Event {
	var taken, others []*logger.Event
	for _, e := range r.Events() {
		if e.Failure != nil && match(e.Failure) {
			taken = append(taken, e)
		} else {
			others = append(others, e)
		}
	}
	r.Clear()
	for _, e := range others {
		r.Observe(e)
	}
	return taken
}

// Value returns the value of an event's field, the zero Value if it has none.
func Value(e *logger.Event, name string) slog.Value {
	v, _ := e.Lookup(name)
	return v
}
