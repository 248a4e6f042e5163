// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"math"
	"sync"
	"time"
)

// A Bucket is a token bucket: Rate tokens, mostly bytes, flow in each second, until there are Burst. Taking more than there are leaves a debt, which whoever
// takes waits for. A Bucket with a parent takes from that too: what the children take together stays within the parent's rate. Times are those of a loop's
// clock. Its fields are immutable after the first use; its methods are safe from any goroutine, so that connections on several loops share one.
// Locks are held from child to parent. Twisted: htb.Bucket.
type Bucket struct {
	// Rate is tokens a second. 0 means without a limit.
	Rate int64
	// Burst is the most that a bucket holds. 0 means one second's worth.
	Burst int64
	// Parent is the bucket above, or nil.
	Parent *Bucket

	mu     sync.Mutex
	filled time.Time // guarded by mu: when tokens was right; zero for a bucket that is full and was never used
	tokens float64   // guarded by mu: negative for a debt

	users int // guarded by the mu of the Filter that it belongs to
}

// Take takes n tokens, from all parents too, there or not, and returns how long it takes until no bucket is in debt.
func (b *Bucket) Take(now time.Time, n int) time.Duration {
	wait := time.Duration(0)
	for ; b != nil; b = b.Parent {
		if b.Rate <= 0 {
			continue
		}
		b.mu.Lock()
		b.fill(now)
		b.tokens -= float64(n)
		if b.tokens < 0 {
			wait = max(wait, b.until(-b.tokens))
		}
		b.mu.Unlock()
	}
	return wait
}

// Add takes as many of n tokens as there are in the bucket and in all its parents, and returns how many those were, and, when that is less than n, how long it
// takes until there is more. Twisted: Bucket.add.
func (b *Bucket) Add(now time.Time, n int) (int, time.Duration) {
	if b == nil || n <= 0 {
		return n, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	allowed := n
	if b.Rate > 0 {
		b.fill(now)
		allowed = min(n, int(max(b.tokens, 0)))
	}
	above := time.Duration(0)
	if allowed > 0 {
		allowed, above = b.Parent.Add(now, allowed)
		b.tokens -= float64(allowed)
	}
	if allowed == n || b.Rate <= 0 {
		return allowed, above
	}
	// Half a bucket is worth a turn: pieces of a few bytes are not.
	return allowed, max(above, b.until(min(float64(n-allowed), b.burst()/2)-b.tokens))
}

// full reports whether the bucket has nothing to remember. Twisted: Bucket.drip.
func (b *Bucket) full(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	return b.Rate <= 0 || b.tokens >= b.burst()
}

func (b *Bucket) burst() float64 {
	if b.Burst > 0 {
		return float64(b.Burst)
	}
	return float64(b.Rate)
}

func (b *Bucket) fill(now time.Time) {
	if b.filled.IsZero() {
		b.filled, b.tokens = now, b.burst()
		return
	}
	if d := now.Sub(b.filled); d > 0 { // loops read their clocks at different moments
		b.filled = now
		b.tokens = min(b.tokens+d.Seconds()*float64(b.Rate), b.burst())
	}
}

// until returns how long it takes for n tokens to flow in, a millisecond at least.
func (b *Bucket) until(n float64) time.Duration {
	s := n / float64(b.Rate)
	if s > float64(maxWait/time.Second) {
		return maxWait
	}
	return max(time.Duration(math.Ceil(s*float64(time.Second))), time.Millisecond)
}

// maxWait bounds how long something is held up at a time.
const maxWait = 24 * time.Hour
