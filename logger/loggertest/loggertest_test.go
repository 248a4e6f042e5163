// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package loggertest_test

import (
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/loggertest"
)

func TestCapture(t *testing.T) {
	p := logger.NewPublisher()
	log := logger.New("app", p)
	outer := loggertest.NewRecorder()
	p.Add(outer)
	t.Run("inner", func(t *testing.T) {
		inner := loggertest.Capture(t, p)
		nested := loggertest.Capture(t, p)
		log.Info("a {x}", slog.Int("x", 1))
		log.Error("b")
		for _, r := range []*loggertest.Recorder{inner, nested} {
			if got := r.Texts(); !slices.Equal(got, []string{"info: a 1", "error: b"}) {
				t.Errorf("got %q", got)
			}
		}
		if got := inner.At(logger.Error); len(got) != 1 || got[0].Text() != "b" {
			t.Errorf("At: %v", got)
		}
		if inner.Clear(); len(inner.Events()) != 0 {
			t.Error("not cleared")
		}
	})
	log.Info("c")
	if got := len(outer.Events()); got != 3 {
		t.Errorf("%d events", got)
	}
}

func TestFlush(t *testing.T) {
	log, logged := loggertest.New("app")
	meant := errors.New("meant")
	log.Failure(meant, "one")
	log.Info("two")
	if got := logged.Flush(func(err error) bool { return err == meant }); len(got) != 1 || got[0].Text() != "one" {
		t.Errorf("flushed %v", got)
	}
	logged.Failed(t) // nothing is left that would fail this test
}

type bad string

func (b bad) Observe(e *logger.Event) {
	switch b {
	case "changes":
		e.Level++
	case "panics":
		_ = e.Text() + e.Failure.Error()
	case "asks":
		e.Fields = nil
	}
}

var asked atomic.Int64

func (b bad) Enabled(string, logger.Level) bool {
	return asked.Add(1)%2 == 0 || b != "flips"
}

// TestBadObservers runs what has to fail in processes of their own.
func TestBadObservers(t *testing.T) {
	if b := os.Getenv("BAD_OBSERVER"); b == "failed" {
		log, logged := loggertest.New("app")
		log.Error("this fails the test")
		logged.Failed(t)
		return
	} else if b != "" {
		loggertest.TestObserver(t, func(*testing.T) logger.Observer { return bad(b) })
		return
	}
	for b, want := range map[string]string{"changes": "the event has changed", "panics": "panic: ", "asks": "the event has changed", "flips": "two answers", "failed": "this fails the test", "good": ""} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBadObservers$")
		cmd.Env = append(os.Environ(), "BAD_OBSERVER="+b)
		out, err := cmd.CombinedOutput()
		if (err != nil) != (want != "") || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v: %s", b, err, out)
		}
	}
}
