// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/internal/marker"
)

// short has little time.
func short() trial.Config {
	cfg := quick
	cfg.Timeout = 50 * time.Millisecond
	return cfg
}

// stuck is short and does not come back.
func stuck() trial.Config { return short().WithStuck(100 * time.Millisecond) }

// long has time for what takes none.
func long() trial.Config { return trial.Config{Timeout: time.Minute}.WithGrace(100 * time.Millisecond) }

func init() {
	samples["late_await"] = func(t *testing.T) {
		short().Run(t, func(tc *trial.Case) {
			listen(tc, true)
			tc.Reactor().CallLater(time.Hour, func() {})
			trial.Must(tc, deferred.New[int](tc.Reactor()))
			tc.Log("it goes on")
		})
	}
	samples["late_until"] = func(t *testing.T) {
		short().Run(t, func(tc *trial.Case) { tc.Until(func() bool { return false }) })
	}
	samples["late_cancelled"] = func(t *testing.T) {
		short().Run(t, func(tc *trial.Case) {
			d := deferred.NewCancellable(tc.Reactor(), func(*deferred.Deferred[int]) { tc.Log("it was cancelled") })
			trial.Await(tc, d)
		})
	}
	samples["late_cleanup"] = func(t *testing.T) {
		short().Run(t, func(tc *trial.Case) {
			tc.Cleanup(func() { tc.Log("the next cleanup") })
			trial.CleanupD(tc, func() *deferred.Deferred[int] { return deferred.New[int](nil) })
		})
	}
	samples["late_of_its_own"] = func(t *testing.T) {
		quick.Run(t, func(tc *trial.Case) {
			tc.SetTimeout(20 * time.Millisecond)
			trial.Await(tc, deferred.New[int](nil))
		})
	}
	samples["late_phases"] = func(t *testing.T) { // each has as much time as the whole
		cfg := trial.Config{Timeout: 10 * time.Second}
		cfg.Run(t, func(tc *trial.Case) {
			later := func() *deferred.Deferred[int] {
				d := deferred.New[int](tc.Reactor())
				tc.Reactor().CallLater(time.Millisecond, func() { d.Callback(1) })
				return d
			}
			trial.CleanupD(tc, later)
			trial.Must(tc, later())
		})
	}
	samples["late_subtests"] = func(t *testing.T) { // their time is not that of the test around them
		long().Run(t, func(tc *trial.Case) {
			tc.SetTimeout(time.Minute)
			tc.Run("inner", func(tc *trial.Case) {
				tc.SetTimeout(20 * time.Millisecond)
				tc.Until(func() bool { return false })
			})
		})
	}
	samples["late_then"] = func(t *testing.T) { quick.Run(t, func(tc *trial.Case) { tc.Turn() }) }

	samples["stuck_comes_back"] = func(t *testing.T) {
		trial.Config{Timeout: 50 * time.Millisecond}.WithStuck(time.Minute).Run(t, func(tc *trial.Case) {
			for !tc.Failed() { // until the watchdog says so
				time.Sleep(time.Millisecond)
			}
			tc.Log("back again")
		})
	}
	samples["stuck_for_ever"] = func(t *testing.T) {
		stuck().Run(t, func(tc *trial.Case) { <-make(chan int) })
	}
	samples["stuck_on_the_loop"] = func(t *testing.T) {
		stuck().Run(t, func(tc *trial.Case) {
			tc.Reactor().CallLater(0, func() { <-make(chan int) })
			tc.Until(func() bool { return false })
		})
	}
	samples["stuck_in_callback"] = func(t *testing.T) {
		short().Run(t, func(tc *trial.Case) {
			tc.Reactor().CallLater(0, func() { trial.Await(tc, deferred.New[int](tc.Reactor())) })
			tc.Until(func() bool { return false })
		})
	}
	samples["stopped"] = func(t *testing.T) {
		long().Run(t, func(tc *trial.Case) {
			tc.Reactor().Stop()
			trial.Must(tc, deferred.New[int](tc.Reactor()))
		})
	}
	samples["bad_timeout"] = func(t *testing.T) { quick.Run(t, func(*trial.Case) {}) }
}

func TestTimeout(t *testing.T) {
	still := "(test) still running at 0.05 secs"
	expect(t, "late_", []expectation{
		{name: "late_await", status: "FAIL", outcome: "error", not: []string{"it goes on"}, says: []string{
			"TestSamples/late_await " + still, "it waits for a *deferred.Deferred[int]", "port: 127.0.0.1:", "delayed call: ",
			"goroutine ", "trial_test.init", "made at", "timeout_test.go:",
		}},
		{name: "late_until", status: "FAIL", outcome: "error", says: []string{still, "a condition"}},
		{name: "late_cancelled", status: "FAIL", outcome: "error", says: []string{still, "it was cancelled"}},
		{name: "late_cleanup", status: "FAIL", outcome: "error", says: []string{"(cleanup) still running at 0.05 secs", "the next cleanup"}},
		{name: "late_of_its_own", status: "FAIL", outcome: "error", says: []string{"(test) still running at 0.02 secs"}},
		{name: "late_phases", status: "PASS"},
		{name: "late_subtests", status: "FAIL", not: []string{"still running"}},
		{name: "late_subtests/inner", status: "FAIL", outcome: "error", says: []string{"(test) still running at 0.02 secs"}},
		{name: "late_then", status: "PASS"},
	}, marker.Stacks+"=1")
}

func TestTimeoutByEnvironment(t *testing.T) {
	expect(t, "(late_phases|late_until)$", []expectation{
		{name: "late_phases", status: "PASS"},
		{name: "late_until", status: "FAIL", outcome: "error", says: []string{"0.05 secs"}}, // its own
	}, marker.Timeout+"=20ms")
	expect(t, "bad_timeout", []expectation{
		{name: "bad_timeout", status: "FAIL", outcome: "error", says: []string{marker.Timeout, "soon"}},
	}, marker.Timeout+"=soon")
}

// A test that is stuck where nothing can interrupt it is told, and ends the process if it does not come back.
func TestWatchdog(t *testing.T) {
	expect(t, "stuck_comes_back", []expectation{
		{name: "stuck_comes_back", status: "FAIL", outcome: "error", says: []string{"(test) still running at 0.05 secs", "busy, or blocked", "back again", "goroutine "}},
	})
	for _, name := range []string{"stuck_for_ever", "stuck_on_the_loop"} {
		_, text := runSamples(t, name)
		for _, want := range []string{name + " (test) still running at 0.05 secs", "busy, or blocked", "chan receive", "panic: trial: ", "the process ends"} {
			if !strings.Contains(text, want) {
				t.Errorf("the process does not say %q:\n%s", want, text)
			}
		}
	}
}

// A Case tells before package testing would end the process.
func TestTimeoutBeforeThatOfTesting(t *testing.T) {
	for _, tt := range []struct{ own, left, limit, grace time.Duration }{
		{time.Minute, time.Hour, time.Minute, 10 * time.Second},
		{time.Minute, 50 * time.Second, 40 * time.Second, 5 * time.Second},
		{time.Hour, 10 * time.Minute, 588 * time.Second, 6 * time.Second},
	} {
		limit, grace := trial.PhaseLimit(deadliner{t, tt.left}, tt.own)
		if d := tt.limit - limit; d < 0 || d > 5*time.Second || tt.grace-grace < 0 || tt.grace-grace > time.Second {
			t.Errorf("with %v, and %v left, a phase has %v and then %v", tt.own, tt.left, limit, grace)
		}
	}
}

// A deadliner is a test that will be ended.
type deadliner struct {
	testing.TB
	left time.Duration
}

func (d deadliner) Deadline() (time.Time, bool) { return time.Now().Add(d.left), true }

func TestCannotWaitInsideOfACallback(t *testing.T) {
	expect(t, "stuck_in_callback", []expectation{
		{name: "stuck_in_callback", status: "FAIL", outcome: "error", says: []string{"a callback of the reactor cannot wait for the reactor"}},
	})
}

func TestStoppedReactor(t *testing.T) {
	expect(t, "stopped", []expectation{
		{name: "stopped", status: "FAIL", outcome: "error", says: []string{reactor.ErrNotRunning.Error()}},
	})
}
