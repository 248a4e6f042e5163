// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package loglimit_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/loglimit"
)

// TestLimit: a second has so many lines, and the next line tells how many were left out (class 61: peers do not fill the log).
func TestLimit(t *testing.T) {
	var l loglimit.Limit
	now := time.Unix(1000, 0)
	for _, tt := range []struct {
		after     time.Duration
		lines     int
		pass      int
		firstArgs string // of the first that passes
	}{
		{0, 25, loglimit.Lines, "[peer x]"},
		{time.Second - 1, 3, 0, ""},
		{1, 1, 1, "[peer x unlogged 18]"},
		{0, 20, loglimit.Lines - 1, "[peer x]"},
		{time.Hour, 2, 2, "[peer x unlogged 11]"},
	} {
		now = now.Add(tt.after)
		pass, first := 0, ""
		for range tt.lines {
			args, ok := l.Allow(now, "peer", "x")
			if !ok {
				continue
			}
			if pass++; first == "" {
				first = fmt.Sprint(args)
			}
		}
		if pass != tt.pass || first != tt.firstArgs {
			t.Errorf("%v later: %d of %d lines, the first with %q; want %d, %q", tt.after, pass, tt.lines, first, tt.pass, tt.firstArgs)
		}
	}
}

// TestFromManyGoroutines: none is lost, whoever asks.
func TestFromManyGoroutines(t *testing.T) {
	var (
		l      loglimit.Limit
		wg     sync.WaitGroup
		passed atomic.Int64
	)
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				if _, ok := l.Allow(time.Unix(1000, 0)); ok {
					passed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	args, _ := l.Allow(time.Unix(1001, 0))
	if n := passed.Load(); n < loglimit.Lines || len(args) != 2 || args[1] != 4000-n {
		t.Errorf("%d passed, %v", n, args)
	}
}
