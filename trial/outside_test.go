// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial_test

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/trial"
)

func init() {
	samples["main_clean"] = func(t *testing.T) { quick.Run(t, func(*trial.Case) {}) }
	var log *slog.Logger
	samples["main_late_1"] = func(t *testing.T) { quick.Run(t, func(tc *trial.Case) { log = tc.Logger() }) }
	samples["main_late_2"] = func(t *testing.T) { log.Info("of no interest"); log.Error("too late") }
	var fail func()
	samples["main_deferred_1"] = func(t *testing.T) {
		quick.Run(t, func(tc *trial.Case) {
			loop := tc.Reactor()
			fail = func() { deferred.FailOn[int](loop, io.ErrShortWrite) }
		})
	}
	samples["main_deferred_2"] = func(t *testing.T) { fail() }
	samples["main_plain"] = func(t *testing.T) { deferred.Fail[int](io.ErrNoProgress) }
	samples["main_told"] = func(t *testing.T) {
		quick.Run(t, func(tc *trial.Case) {
			deferred.Fail[int](io.ErrNoProgress)
			tc.FlushLoggedErrors()
		})
	}
	samples["main_leak"] = func(t *testing.T) { leakGoroutine(make(chan struct{})) }
	samples["main_fail"] = func(t *testing.T) { t.Error("a failure") }
}

// What goes wrong when its test is over makes the package fail.
func TestMainTellsWhatIsInNoTest(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		ok      bool
		says    string
	}{
		{"main_clean$", true, "PASS"},
		{"main_late_", false, "<not in test>: after the end of github.com/torsion-go/torsion/trial.TestSamples/main_late_1: logged error: too late"},
		{"main_deferred_", false, "<not in test>: after the end of github.com/torsion-go/torsion/trial.TestSamples/main_deferred_1: unhandled error in Deferred: short write"},
		{"main_plain$", false, "unhandled error in Deferred: " + io.ErrNoProgress.Error()},
		{"main_told$", true, "PASS"},
		{"main_leak$", false, "trial_test.waitFor"},
		{"main_fail$", false, "a failure"},
	} {
		if tt.pattern == "main_leak$" && testing.Short() {
			continue // it waits for the goroutine
		}
		_, text := runSamples(t, tt.pattern, inSamples+"=main")
		if !strings.Contains(text, tt.says) {
			t.Errorf("%s does not say %q:\n%s", tt.pattern, tt.says, text)
		}
		if strings.Contains(text, "exit status 0") != tt.ok {
			t.Errorf("%s ends with %s", tt.pattern, text)
		}
	}
}
