// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/reactor"
)

// A stopwatch is a poller that remembers how long it was to wait.
type stopwatch struct {
	poll.Poller
	waits []time.Duration
}

func (w *stopwatch) Poll(timeout time.Duration) (int, error) {
	if timeout != 0 {
		w.waits = append(w.waits, timeout)
	}
	return w.Poller.Poll(timeout)
}

// The time that a loop spends spinning is not slept once more: a delayed call that is due when the spinning is over is not late by as much.
func TestSpinningCountsAsWaiting(t *testing.T) {
	for _, tt := range []struct {
		name        string
		spin, delay time.Duration
		longest     time.Duration
	}{
		{"all of it", time.Second, 20 * time.Millisecond, 0},
		{"a part", 20 * time.Millisecond, 50 * time.Millisecond, 31 * time.Millisecond},
	} {
		w := &stopwatch{}
		r := newOver(t, reactor.Config{SpinWait: tt.spin, Logger: quietLog}, poll.Source{
			Open: func() (p poll.Poller, err error) {
				w.Poller, err = poll.New("")
				return w, err
			},
			Now: time.Now,
		})
		r.CallLater(tt.delay, func() { r.Stop() })
		if err := r.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, d := range w.waits {
			if d < 0 || d > tt.longest {
				t.Errorf("%s: slept %v after spinning, waiting %v in all", tt.name, d, tt.delay)
			}
		}
	}
}
