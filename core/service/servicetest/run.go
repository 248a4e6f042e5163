// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package servicetest

import (
	"context"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
)

// A Subject is a service to be tested, new, with what the tests need to know of it.
type Subject struct {
	Service service.Service
	// Until runs the loop, and moves its time if that is made by hand, until cond is true; it fails t when that takes too long. See OnClock.
	Until func(t testing.TB, cond func() bool)
	// Open tells what the service has open: ports, timers, whatever must be gone after Stop. nil if that cannot be seen.
	Open func() []string
	// Forgiving is for a service that takes calls in any order, as those of package service do: Start and Stop twice, Stop without Start, Start while it stops.
	Forgiving bool
}

// OnClock is Subject.Until for a service on c: it moves the time by steps of 100 ms, and then waits for what goroutines post.
func OnClock(c *protocoltest.Clock) func(t testing.TB, cond func() bool) {
	return func(t testing.TB, cond func() bool) {
		t.Helper()
		for range 1000 {
			if cond() {
				return
			}
			c.Advance(100 * time.Millisecond)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := c.Until(ctx, cond); err != nil {
			t.Fatal("servicetest: nothing happened: ", err)
		}
	}
}

// Run runs the suite. create returns a new Subject for each test.
func Run(t *testing.T, create func(t *testing.T) Subject) {
	for _, tt := range []struct {
		name string
		f    func(r *rig)
	}{
		{"start and stop, again and again", (*rig).again},
		{"stop during start", (*rig).stopDuringStart},
		{"ended", (*rig).ended},
		{"bind and stop", (*rig).bindAndStop},
		{"bind, start and stop", (*rig).bindAndStart},
		{"stop during bind", (*rig).stopDuringBind},
		{"reload", (*rig).reload},
		{"drain", (*rig).drain},
		{"stop during drain", (*rig).stopDuringDrain},
		{"health", (*rig).health},
		{"start twice", (*rig).startTwice},
		{"stop twice", (*rig).stopTwice},
		{"stop without start", (*rig).stopUnstarted},
		{"start while it stops", (*rig).startWhileStopping},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stop := deferred.TrackUnhandled()
			tt.f(&rig{t, create(t)})
			for _, u := range stop() {
				t.Error("nobody handled: ", u)
			}
		})
	}
}

// A rig is a test with its subject.
type rig struct {
	*testing.T
	s Subject
}

type signal = *deferred.Deferred[struct{}]

// result waits for d.
func (r *rig) result(what string, d signal) error {
	r.Helper()
	if d == nil {
		r.Fatalf("%s returned nil", what)
	}
	fired := false
	var result error
	d.Done(func(_ struct{}, err error) { fired, result = true, err })
	r.s.Until(r, func() bool { return fired })
	return result
}

func (r *rig) must(what string, d signal) {
	r.Helper()
	if err := r.result(what, d); err != nil {
		r.Fatalf("%s: %v", what, err)
	}
}

// stopped stops the service and checks that nothing is left.
func (r *rig) stopped() {
	r.Helper()
	r.must("Stop", r.s.Service.Stop())
	r.nothingOpen()
}

func (r *rig) nothingOpen() {
	r.Helper()
	if r.s.Open == nil {
		return
	}
	if open := r.s.Open(); len(open) > 0 {
		r.Errorf("still open after Stop: %q", open)
	}
}
