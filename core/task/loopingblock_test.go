// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/task"
)

// A function that holds the loop up for longer than the interval is called at the next point of the grid, not at once: the loop's clock, which stands still
// during a callback, does not hide the time that has passed.
func TestLoopingCallThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := protocoltest.NewClock()
		start := clock.Now()
		var at []time.Duration
		call := task.NewLoopingCall(clock, func() error {
			at = append(at, clock.Now().Sub(start))
			if len(at) == 1 {
				<-time.After(25 * time.Second) // in the bubble's time, which costs none
			}
			return nil
		})
		call.Start(10*time.Second, true)
		for range 50 { // passes, the first one as late as the function made it
			step := time.Second
			if clock.Now().Equal(start) {
				step = 25 * time.Second
			}
			clock.Advance(step)
		}
		want := []time.Duration{0, 30 * time.Second, 40 * time.Second, 50 * time.Second, 60 * time.Second, 70 * time.Second}
		if !slices.Equal(at, want) {
			t.Errorf("called at %v, want %v", at, want)
		}
		call.Stop()
	})
}
