// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"errors"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

func init() {
	sample("logged_error", func(tc *trial.Case) {
		tc.Logger().Info("before it", "n", 1)
		tc.Logger().With("x", 1).Error("it broke", "error", io.EOF)
	})
	sample("logged_warning", func(tc *trial.Case) { tc.Logger().Warn("it may break") })
	sample("logged_with", func(tc *trial.Case) {
		tc.Logger().With("error", io.EOF).WithGroup("g").Error("it broke", "a", 1)
		tc.FlushLoggedErrors(io.EOF)
	})
	sample("logged_flushed_others", func(tc *trial.Case) {
		tc.Logger().Error("one", "error", io.EOF)
		tc.Logger().Error("two", "error", fs.ErrExist)
		tc.FlushLoggedErrors(io.EOF)
	})
	sample("logged_default", func(tc *trial.Case) {
		tc.CaptureDefault()
		log.Print("through package log")
		slog.Error("by the default")
	})
	sample("logged_not_by_default", func(tc *trial.Case) {
		slog.SetDefault(slog.New(slog.DiscardHandler))
		slog.Error("by the default")
	})
	sample("logged_deferred_handled_late", func(tc *trial.Case) {
		d := deferred.Fail[int](io.EOF)
		tc.FlushLoggedErrors(fs.ErrExist)
		d.AddErrback(func(error) (int, error) { return 0, nil })
	})
	sample("logged_deferred_flushed", func(tc *trial.Case) {
		deferred.Fail[int](io.EOF)
		if got := tc.FlushLoggedErrors(io.EOF); len(got) != 1 || !errors.Is(got[0], io.EOF) {
			tc.Errorf("got %v", got)
		}
	})
	sample("logged_gc_1", func(tc *trial.Case) { deferred.FailOn[int](tc.Reactor(), io.EOF) })
	sample("logged_gc_2", func(tc *trial.Case) {
		runtime.GC() // what the test before has dropped is its own
		tc.Turn()
	})
	sample("logged_two", func(tc *trial.Case) {
		tc.Run("bad", func(tc *trial.Case) { tc.Logger().Error("of bad") })
		tc.Run("good", func(tc *trial.Case) { tc.Turn() })
	})
}

func TestLoggedErrors(t *testing.T) {
	gc := []expectation{
		{name: "logged_gc_1", status: "FAIL", outcome: "error", says: []string{"unhandled error in Deferred: EOF"}},
		{name: "logged_gc_2", status: "PASS"},
	}
	expect(t, "logged_", append([]expectation{
		{name: "logged_error", status: "FAIL", outcome: "error", says: []string{"logged error: it broke: EOF", "level=ERROR", "x=1", "the log of the test:", "before it"}},
		{name: "logged_warning", status: "PASS", not: []string{"it may break"}},
		{name: "logged_with", status: "PASS"},
		{name: "logged_flushed_others", status: "FAIL", outcome: "error", says: []string{"logged error: two"}, not: []string{"logged error: one"}},
		{name: "logged_default", status: "FAIL", outcome: "error", says: []string{"logged error: by the default", "through package log"}},
		{name: "logged_not_by_default", status: "PASS"},
		{name: "logged_deferred_handled_late", status: "PASS"},
		{name: "logged_deferred_flushed", status: "PASS"},
		{name: "logged_two/bad", status: "FAIL", outcome: "error", says: []string{"of bad"}},
		{name: "logged_two/good", status: "PASS"},
	}, gc...))
	expect(t, "logged_gc", gc, marker.ForceGC+"=1")
	all := expect(t, "logged_gc", gc, marker.Stacks+"=1")
	if got := all["logged_gc_1"].output; !strings.Contains(got, "the Deferred was made at") || !strings.Contains(got, "logged_test.go:") {
		t.Errorf("the unhandled error does not tell where its Deferred was made:\n%s", got)
	}
}

func TestLogFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "test.log")
	runSamples(t, "(logged_error|logged_warning)$", marker.Log+"="+name)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--> github.com/torsion-go/torsion/trial.TestSamples/logged_error <--\n", "before it", "it broke", "--> github.com/torsion-go/torsion/trial.TestSamples/logged_warning <--\n", "it may break"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the log has no %q:\n%s", want, text)
		}
	}
}

func TestFlushLoggedErrors(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		path := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
		tc.Logger().Error("one", "error", path)
		tc.Logger().Error("two")
		if got := tc.FlushLoggedErrors(io.EOF); len(got) != 0 {
			t.Errorf("took %v", got)
		}
		if got := tc.FlushLoggedErrors(trial.Type[*fs.PathError]()); len(got) != 1 || got[0].Message != "one" || got[0].Err != error(path) {
			t.Errorf("took %v", got)
		}
		if got := tc.FlushLoggedErrors(); len(got) != 1 || got[0].Error() != "two" || !strings.Contains(got[0].Text, "msg=two") {
			t.Errorf("took %v", got)
		}
		if got := tc.FlushLoggedErrors(); len(got) != 0 {
			t.Errorf("took %v", got)
		}
	})
}

// The default loggers are as they were.
func TestCaptureDefaultEnds(t *testing.T) {
	before, w, flags := slog.Default(), log.Writer(), log.Flags()
	t.Run("", func(t *testing.T) {
		trial.Run(t, func(tc *trial.Case) {
			tc.CaptureDefault()
			slog.Error("captured")
			if n := len(tc.FlushLoggedErrors()); n != 1 {
				tc.Errorf("%d were captured", n)
			}
		})
	})
	if slog.Default() != before || log.Writer() != w || log.Flags() != flags {
		t.Error("the default loggers have changed")
	}
}
