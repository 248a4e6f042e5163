// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"bytes"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// drop makes a Deferred with an error and forgets it.
//
//go:noinline
func drop(err error, handle bool) {
	d := deferred.New[int](nil)
	d.AddCallback(func(v int) (int, error) { return v, nil })
	d.Errback(err)
	if handle {
		d.AddErrback(func(error) (int, error) { return 0, nil })
	}
}

func TestUnhandledErrorIsReported(t *testing.T) {
	defer deferred.SetDebug(deferred.Debugging())
	deferred.SetDebug(true)
	reports := make(chan *deferred.UnhandledError, 10)
	defer deferred.SetReporter(func(u *deferred.UnhandledError) { reports <- u })()
	handled, lost := errors.New("handled"), errors.New("lost")
	drop(handled, true)
	drop(lost, false)
	for {
		runtime.GC()
		select {
		case u := <-reports:
			if u.Err == handled {
				t.Error("a handled error was reported")
			}
			if u.Err != lost {
				continue // of another test
			}
			if !strings.Contains(u.Created.String(), "deferred_test.drop") {
				t.Errorf("made at %v", u.Created)
			}
			if !errors.Is(u, lost) {
				t.Error("UnhandledError does not unwrap")
			}
			return
		default:
			runtime.Gosched()
		}
	}
}

// loggingLoop is a loop with a logger of its own.
type loggingLoop struct {
	*protocoltest.Clock
	log *slog.Logger
}

func (l *loggingLoop) Logger() *slog.Logger { return l.log }

func TestUnhandledErrorGoesToTheLoopsLogger(t *testing.T) {
	var out bytes.Buffer
	loop := &loggingLoop{protocoltest.NewClock(), slog.New(slog.NewTextHandler(&out, nil))}
	stop := deferred.TrackUnhandled()
	d := deferred.New[int](loop)
	d.AddCallback(func(int) (int, error) { panic("ouch") })
	d.Callback(1)
	us := stop()
	if len(us) != 1 {
		t.Fatalf("%d errors", len(us))
	}
	us[0].Log()
	for _, want := range []string{"level=ERROR", "panic: ouch", "TestUnhandledErrorGoesToTheLoopsLogger"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("log lacks %q: %s", want, out.String())
		}
	}
	outcome(d)
}

func TestTrackUnhandled(t *testing.T) {
	stop := deferred.TrackUnhandled()
	a := deferred.Fail[int](errors.New("a"))
	b := deferred.Fail[int](errors.New("b"))
	b.Done(func(int, error) {})
	c := deferred.Fail[int](errors.New("c")).AddErrback(func(err error) (int, error) { return 0, err })
	outer := deferred.Succeed(0)
	moved := deferred.Fail[int](errors.New("d"))
	outer.AddCallbackD(func(int) *deferred.Deferred[int] { return moved })
	var texts []string
	for _, u := range stop() {
		texts = append(texts, u.Err.Error())
	}
	if got := strings.Join(texts, " "); got != "a c d" {
		t.Errorf("got %q", got)
	}
	for _, d := range []*deferred.Deferred[int]{a, c, outer} {
		outcome(d)
	}
}

func TestLogErrorPassesTheErrorOn(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	d := deferred.Fail[int](errBoom).AddErrback(deferred.LogError[int](log))
	wantOutcome(t, d, "error boom")
	if !strings.Contains(out.String(), "error=boom") {
		t.Errorf("log %q", out.String())
	}
}

// An error that was noted tells when somebody has handled it since, and whose it is.
func TestNotedErrorIsHandled(t *testing.T) {
	stop := deferred.TrackUnhandled()
	d := deferred.Fail[int](errBoom)
	left := stop()
	if len(left) != 1 || left[0].Handled() || left[0].Logger() != nil {
		t.Fatalf("noted %v", left)
	}
	d.AddErrback(func(error) (int, error) { return 0, nil })
	if !left[0].Handled() {
		t.Error("handled, and it does not tell")
	}
}

func TestCreated(t *testing.T) {
	defer deferred.SetDebug(deferred.Debugging())
	deferred.SetDebug(false)
	if s := deferred.New[int](nil).Created(); s != nil {
		t.Errorf("without debugging it was made at %s", s)
	}
	deferred.SetDebug(true)
	if s := deferred.New[int](nil).Created(); !strings.Contains(s.String(), "TestCreated") {
		t.Errorf("it was made at %s", s)
	}
}

// What was handled is forgotten, however long the watch is.
func TestTrackUnhandledForgets(t *testing.T) {
	stop := deferred.TrackUnhandled()
	kept := deferred.Fail[int](errors.New("kept"))
	for range 10000 {
		deferred.Fail[int](errBoom).Done(func(int, error) {})
	}
	last := deferred.Fail[int](errors.New("last"))
	left := stop()
	if len(left) != 2 || left[0].Err.Error() != "kept" || left[1].Err.Error() != "last" {
		t.Errorf("left are %v", left)
	}
	outcome(kept)
	outcome(last)
}
