// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
)

// A Backoff tells how long to wait after n failures in a row, n from 1, before trying again. A delay below 0 is one of 0. One that panics is the end of the
// service that asked. BackoffPolicy.Delay is one.
type Backoff func(n int) time.Duration

// after returns what the function says, or its panic as an error.
func (b Backoff) after(n int) (d time.Duration, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("service: Backoff: %w", deferred.Recovered(v))
		}
	}()
	return max(b(n), 0), nil
}

// A BackoffPolicy is a delay that grows with every failure: min(Initial * Factor^min(n, 100), Max) + Jitter(), after n failures. With the zero value
// that is 1.5 s, 2.25 s, 3.375 s up to 60 s, each with up to a second more. Immutable after start. Twisted: backoffPolicy.
type BackoffPolicy struct {
	// Initial is where the delay starts, before it is multiplied for the first time. 0 means 1 s.
	Initial time.Duration
	// Max bounds the delay before jitter. 0 means 60 s.
	Max time.Duration
	// Factor multiplies the delay from one failure to the next. 0 means 1.5.
	Factor float64
	// Jitter is added, so that many clients do not come back together. nil means a random time below 1 s.
	Jitter func() time.Duration
}

// Delay is a Backoff. Safe from any goroutine if Jitter is.
func (p BackoffPolicy) Delay(n int) time.Duration {
	if p.Initial == 0 {
		p.Initial = time.Second
	}
	if p.Max == 0 {
		p.Max = time.Minute
	}
	if p.Factor == 0 {
		p.Factor = 1.5
	}
	if p.Jitter == nil {
		p.Jitter = func() time.Duration { return rand.N(time.Second) }
	}
	delay := p.Max
	if f := float64(p.Initial) * math.Pow(p.Factor, float64(min(n, 100))); f < float64(p.Max) { // not so for NaN and infinity
		delay = time.Duration(f)
	}
	jitter := p.Jitter()
	if jitter > math.MaxInt64-delay {
		return math.MaxInt64
	}
	return delay + jitter
}
