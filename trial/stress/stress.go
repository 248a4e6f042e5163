// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package stress

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/internal/record"
)

// A Config says how much is run. The zero Config has the defaults.
type Config struct {
	Runs   int           // how many in all; 0 is 1000
	Copies int           // how many at once; 0 is twice GOMAXPROCS, so that they get into each other's way
	Time   time.Duration // after which none begins any more; 0 is 30 s
	Stop   int           // failures after which none begins any more; 0 is never
}

func (c Config) withDefaults() Config {
	if c.Runs <= 0 {
		c.Runs = 1000
	}
	if c.Copies <= 0 {
		c.Copies = 2 * runtime.GOMAXPROCS(0)
	}
	if c.Time <= 0 {
		c.Time = 30 * time.Second
	}
	c.Copies = min(c.Copies, c.Runs)
	return c
}

// ErrSkipped is returned by a run that does not count.
var ErrSkipped = errors.New("stress: skipped")

// Run calls f for the runs 1, 2, ... until there were enough of them or ctx ends, and returns when all have returned. f is called from several goroutines at once; it fails by an error.
func Run(ctx context.Context, c Config, f func(ctx context.Context, run int) error) *Stats {
	c = c.withDefaults()
	s := &Stats{Copies: c.Copies}
	start := time.Now()
	var mu sync.Mutex // guards s and next
	next := 1
	begin := func() (run int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if next > c.Runs || ctx.Err() != nil || next > 1 && time.Since(start) > c.Time || c.Stop > 0 && s.Failed >= c.Stop {
			return 0, false
		}
		next++
		return next - 1, true
	}
	var wg sync.WaitGroup
	for range c.Copies {
		// Run waits for it.
		wg.Go(func() {
			for {
				run, ok := begin()
				if !ok {
					return
				}
				began := time.Now()
				err := f(ctx, run)
				took := time.Since(began)
				mu.Lock()
				s.add(run, err, took)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	s.Elapsed = time.Since(start)
	s.finish()
	return s
}

// Test runs f many times in t, each time with a [testing.TB] of its own, whose failures, logs, cleanups and context are those of that run. It fails t if one of them failed, and tells
// how often and how. It is called from the goroutine of the test, as Fatal is in f.
func Test(t testing.TB, c Config, f func(t testing.TB)) {
	t.Helper()
	s := Run(t.Context(), c, func(_ context.Context, run int) error {
		r := record.New(t)
		r.Run(func() { f(r) })
		switch {
		case r.Failed():
			return errors.New(r.Said())
		case r.Skipped():
			return ErrSkipped
		}
		return nil
	})
	if s.Failed > 0 {
		t.Error(s)
	} else {
		t.Log(s)
	}
}
