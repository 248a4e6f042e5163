// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"math"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/service"
)

func none() time.Duration { return 0 }

// The table of Twisted's backoffPolicy with a jitter of 0.
func TestBackoffPolicy(t *testing.T) {
	p := service.BackoffPolicy{Jitter: none}
	for i, want := range []float64{1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625, 17.0859375, 25.62890625, 38.443359375, 57.6650390625, 60, 60, 60, 60, 60} {
		if got := p.Delay(i + 1); math.Abs(got.Seconds()-want) > 1e-9 {
			t.Errorf("after %d failures: got %v, want %v s", i+1, got, want)
		}
	}
	for _, tt := range []struct {
		p    service.BackoffPolicy
		n    int
		want time.Duration
	}{
		{service.BackoffPolicy{Jitter: none}, math.MaxInt, time.Minute},
		{service.BackoffPolicy{Jitter: none, Factor: math.MaxFloat64}, 2, time.Minute},
		{service.BackoffPolicy{Jitter: none, Factor: math.NaN()}, 1, time.Minute},
		{service.BackoffPolicy{Jitter: none, Initial: 2 * second, Factor: 2, Max: 10 * second}, 1, 4 * second},
		{service.BackoffPolicy{Jitter: none, Initial: 2 * second, Factor: 2, Max: 10 * second}, 3, 10 * second},
		{service.BackoffPolicy{Jitter: func() time.Duration { return 7 }, Max: second}, 3, second + 7},
		{service.BackoffPolicy{Jitter: none, Factor: 1.01, Max: math.MaxInt64}, 200, time.Duration(2704813829)},
	} {
		if got := tt.p.Delay(tt.n); got != tt.want {
			t.Errorf("%+v after %d: got %v, want %v", tt.p, tt.n, int64(got), tt.want)
		}
	}
	for range 100 {
		if d := (service.BackoffPolicy{}).Delay(1); d < 1500*time.Millisecond || d >= 2500*time.Millisecond {
			t.Errorf("with jitter: %v", d)
		}
	}
}
