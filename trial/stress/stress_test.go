// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package stress_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/diff"
	"github.com/torsion-go/torsion/trial/internal/record"
	"github.com/torsion-go/torsion/trial/stress"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// ways of failing, by the number of the run.
func ways(_ context.Context, run int) error {
	switch {
	case run%100 == 7:
		return fmt.Errorf("timeout after %d ms", run)
	case run%250 == 9:
		return fmt.Errorf("pointer 0x%x\nand more", run)
	case run == 500:
		return errors.New("once")
	case run%50 == 0:
		return fmt.Errorf("peer: %w", stress.ErrSkipped)
	}
	return nil
}

func TestRun(t *testing.T) {
	s := stress.Run(t.Context(), stress.Config{Runs: 1000, Copies: 7, Time: time.Hour}, ways)
	assert.True(t, s.Elapsed >= s.Longest && s.Longest >= s.Median && s.Median >= 0)
	s.Elapsed, s.Longest, s.Median = 2345*time.Millisecond, 123456*time.Microsecond, 9*time.Microsecond
	assert.EqualBy(t, s, &stress.Stats{
		Runs: 981, Failed: 15, Skipped: 19, Copies: 7, Elapsed: s.Elapsed, Longest: s.Longest, Median: s.Median,
		Groups: []stress.Group{
			{Text: "timeout after 7 ms", Count: 10, First: 7},
			{Text: "pointer 0x9\nand more", Count: 4, First: 9},
			{Text: "once", Count: 1, First: 500},
		},
	}, diff.ExportedOnly())
	assert.Equal(t, s.String(), `stress: 15 of 981 runs failed (1.53 %), 7 at once, in 2.345s; a run took 123ms at most, 9µs in the middle; 19 more were skipped
10 times, first in run 7:
	timeout after 7 ms
4 times, first in run 9:
	pointer 0x9
	and more
1 time, first in run 500:
	once`)
}

// The copies are there at once: each waits for all the others.
func TestCopies(t *testing.T) {
	const copies = 5
	var all sync.WaitGroup
	all.Add(copies)
	s := stress.Run(t.Context(), stress.Config{Runs: copies, Copies: copies}, func(context.Context, int) error {
		all.Done()
		all.Wait()
		return nil
	})
	assert.Equal(t, s.Runs, copies)
}

func TestStop(t *testing.T) {
	always := errors.New("always")
	s := stress.Run(t.Context(), stress.Config{Runs: 1000, Copies: 1, Stop: 3}, func(context.Context, int) error { return always })
	assert.Equal(t, s.Runs, 3)
	s = stress.Run(t.Context(), stress.Config{Runs: math.MaxInt, Copies: 1, Time: 1}, func(context.Context, int) error { return nil })
	assert.True(t, s.Runs > 0 && s.Runs < math.MaxInt)
	ctx, cancel := context.WithCancel(t.Context())
	s = stress.Run(ctx, stress.Config{Runs: 1000, Copies: 2}, func(ctx context.Context, run int) error {
		if run == 10 {
			cancel()
		} else if run > 10 {
			<-ctx.Done()
		}
		return nil
	})
	assert.True(t, s.Runs >= 10 && s.Runs <= 11, "%d runs", s.Runs)
	assert.Equal(t, stress.Run(ctx, stress.Config{}, ways).Runs, 0)
}

func TestManyWays(t *testing.T) {
	s := stress.Run(t.Context(), stress.Config{Runs: 200, Copies: 1}, func(_ context.Context, run int) error {
		return errors.New(strings.Repeat("x", 50*run))
	})
	assert.Equal(t, len(s.Groups), 50)
	assert.Equal(t, s.Groups[0].Count, 151) // of those longer than what is kept, and of the 50th kind
	for _, g := range s.Groups {
		assert.True(t, len(g.Text) < 4010)
	}
}

func TestTest(t *testing.T) {
	r := record.New(t)
	var ended atomic.Int32
	r.Run(func() {
		var n atomic.Int32
		stress.Test(r, stress.Config{Runs: 40}, func(t testing.TB) {
			t.Cleanup(func() { ended.Add(1) })
			switch n.Add(1) % 10 {
			case 1:
				t.Fatal("bad")
			case 2:
				panic("worse")
			case 3:
				t.Skip("no peer")
			}
		})
	})
	assert.True(t, r.Failed())
	assert.Equal(t, ended.Load(), 40)
	for _, s := range []string{"stress: 8 of 36 runs failed (22.2 %)", "4 more were skipped", "4 times, first in run ", ": bad\n", "panic: worse\n"} {
		assert.Substring(t, s, r.Said())
	}
	stress.Test(t, stress.Config{Runs: 100}, func(t testing.TB) { t.Log("fine") })
}

func ExampleRun() {
	s := stress.Run(context.Background(), stress.Config{Runs: 300, Copies: 4}, func(ctx context.Context, run int) error {
		if run%100 == 1 {
			return fmt.Errorf("port %d is in use", 8000+run)
		}
		return nil
	})
	fmt.Println(s.Failed, "of", s.Runs)
	for _, g := range s.Groups {
		fmt.Println(g.Count, g.Text)
	}
	// Output:
	// 3 of 300
	// 3 port 8001 is in use
}
