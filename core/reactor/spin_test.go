// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"runtime"
	"sync/atomic"
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

// A loop that has nothing to do but a delayed call far away sleeps: it polls a few times after each piece of work, and then no more.
func TestIdleLoopSleeps(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		polls := &atomic.Int64{}
		r := newOver(t, reactor.Config{Logger: quietLog}, poll.Source{
			Open: func() (poll.Poller, error) {
				p, err := poll.New(poller)
				return &polled{p, polls}, err
			},
			Now: time.Now,
		})
		r.CallLater(1000*time.Hour, func() { t.Error("ran") })
		moved := r.CallLater(time.Millisecond, func() { t.Error("ran") })
		moved.Reset(1000 * time.Hour) // its place in the heap is the old one
		ended := make(chan error, 1)
		go func() { ended <- r.Run(context.Background()) }()
		const calls = 20
		for range calls {
			done := make(chan struct{})
			r.CallFromThread(func() { close(done) })
			<-done
			for range 2000 { // a loop that does not sleep gets on meanwhile
				runtime.Gosched()
			}
		}
		if n := polls.Load(); n > 5*calls {
			t.Errorf("%s: polled %d times for %d calls", poller, n, calls)
		}
		if err := r.Stop(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

type polled struct {
	poll.Poller
	n *atomic.Int64
}

func (p *polled) Poll(timeout time.Duration) (int, error) {
	p.n.Add(1)
	return p.Poller.Poll(timeout)
}
