// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package servicetest_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service/servicetest"
)

// A flawed service has one timer while it runs, and one flaw.
type flawed struct {
	clock *protocoltest.Clock
	flaw  string
	timer protocol.DelayedCall
	again bool
}

func (f *flawed) fire(fail bool) *deferred.Deferred[struct{}] {
	if fail {
		return deferred.FailOn[struct{}](f.clock, errors.New(f.flaw))
	}
	return deferred.SucceedOn(f.clock, struct{}{})
}

func (f *flawed) Start() *deferred.Deferred[struct{}] {
	fail := f.flaw == "starts once" && f.again
	f.again = true
	if f.timer == nil {
		f.timer = f.clock.CallLater(time.Hour, func() {})
	}
	if f.flaw == "loses an error" {
		f.fire(true)
	}
	return f.fire(fail)
}

func (f *flawed) Stop() *deferred.Deferred[struct{}] {
	if f.timer == nil {
		return f.fire(f.flaw == "stops once")
	}
	if f.flaw != "leaves a timer" {
		f.timer.Cancel()
		f.timer = nil
	}
	if f.flaw == "returns nil" {
		return nil
	}
	return f.fire(f.flaw == "does not stop")
}

func (f *flawed) Ended() *deferred.Deferred[struct{}] {
	return f.fire(false) // ends at once
}

func (f *flawed) Health() error {
	if f.flaw == "is not well" {
		return errors.New(f.flaw)
	}
	return nil
}

const envFlaw = "TORSION_SERVICETEST_FLAW"

// TestFlawless runs the suite over a service with the flaw in the environment, or none.
func TestFlawless(t *testing.T) {
	servicetest.Run(t, func(t *testing.T) servicetest.Subject {
		clock := protocoltest.NewClock()
		return servicetest.Subject{Service: &flawed{clock: clock, flaw: os.Getenv(envFlaw)}, Until: servicetest.OnClock(clock), Forgiving: true,
			Open: func() []string { return make([]string, len(clock.Calls())) }}
	})
}

// The suite notices.
func TestFlaws(t *testing.T) {
	for flaw, says := range map[string]string{
		"starts once":    "Start: starts once",
		"stops once":     "second Stop: stops once",
		"leaves a timer": "still open after Stop",
		"returns nil":    "Stop returned nil",
		"does not stop":  "Stop: does not stop",
		"is not well":    "not in order after Start: is not well",
		"loses an error": "nobody handled:",
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFlawless$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), envFlaw+"="+flaw)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), says) {
			t.Errorf("%s: %v\n%s", flaw, err, out)
		}
	}
}
