// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"hash/maphash"
	"sync"
	"time"
)

// Sample is a predicate for events that come too often to keep: of those with the same namespace, level and format it says Maybe to the First in each Period, then to one in
// Every, and No to the rest. Events of Error and above always pass. Safe from any goroutine; its fields must not change once it is used.
type Sample struct {
	First  int              // 0: 100
	Every  int              // 0: 100
	Period time.Duration    // 0: one second
	Now    func() time.Time // nil: time.Now
	counts counts
}

// Decide counts the event.
func (s *Sample) Decide(e *Event) Result {
	if e.Level >= Error {
		return Maybe
	}
	n := s.counts.add(kind(e), now(s.Now), or(s.Period, time.Second))
	first, every := or(s.First, 100), or(s.Every, 100)
	if n <= first || (n-first)%every == 0 {
		return Maybe
	}
	return No
}

// RateLimit is a predicate that says Maybe to Burst events at once and Rate a second of each kind (namespace, level and format), and No to the rest. Safe from any goroutine;
// its fields must not change once it is used.
type RateLimit struct {
	Rate    float64          // 0: 10 a second
	Burst   int              // 0: 100
	Now     func() time.Time // nil: time.Now
	mu      sync.Mutex
	buckets map[uint64]bucket // guarded by mu; at most maxKinds
	dropped uint64            // guarded by mu
}

type bucket struct {
	tokens float64
	at     time.Time
}

// Decide takes a token for the event.
func (r *RateLimit) Decide(e *Event) Result {
	k, at := kind(e), now(r.Now)
	rate, burst := or(r.Rate, 10), float64(or(r.Burst, 100))
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.buckets[k]
	if !ok {
		if r.buckets == nil || len(r.buckets) >= maxKinds {
			r.buckets = map[uint64]bucket{}
		}
		b = bucket{burst, at}
	}
	b.tokens = min(b.tokens+max(at.Sub(b.at).Seconds(), 0)*rate, burst)
	b.at = at
	result := No
	if b.tokens >= 1 {
		b.tokens--
		result = Maybe
	} else {
		r.dropped++
	}
	r.buckets[k] = b
	return result
}

// Dropped returns how many events were refused.
func (r *RateLimit) Dropped() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dropped
}

// Dedupe is a predicate that says No to an event with the same namespace, level and text as one less than Period ago, and Maybe to others. It formats each event. Safe from any
// goroutine; its fields must not change once it is used.
type Dedupe struct {
	Period time.Duration    // 0: ten seconds
	Now    func() time.Time // nil: time.Now
	counts counts
}

// Decide looks for the text.
func (d *Dedupe) Decide(e *Event) Result {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(e.Text())
	if d.counts.add(kind(e)^h.Sum64(), now(d.Now), or(d.Period, 10*time.Second)) > 1 {
		return No
	}
	return Maybe
}

// maxKinds bounds what the predicates remember: beyond it they begin anew.
const maxKinds = 4096

var seed = maphash.MakeSeed()

// kind tells events of one call from those of others.
func kind(e *Event) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(e.Namespace)
	h.WriteByte(0)
	h.WriteByte(byte(e.Level))
	h.WriteString(e.Format)
	return h.Sum64()
}

// counts counts events by kind, anew for each period that begins with one.
type counts struct {
	mu sync.Mutex
	by map[uint64]count // guarded by mu; at most maxKinds
}

type count struct {
	n     int
	since time.Time
}

func (c *counts) add(kind uint64, at time.Time, period time.Duration) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.by[kind]
	if !ok && (c.by == nil || len(c.by) >= maxKinds) {
		c.by = map[uint64]count{}
	}
	if !ok || at.Sub(n.since) >= period {
		n = count{since: at}
	}
	n.n++
	c.by[kind] = n
	return n.n
}

func now(f func() time.Time) time.Time {
	if f != nil {
		return f()
	}
	return time.Now()
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
