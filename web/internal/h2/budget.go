// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "time"

// A budget bounds how often a peer does something that is cheap for it and not for us: so many times at once, and so many a second.
type budget struct {
	left, size int
	rate       int // that come back each second
	at         time.Time
}

func newBudget(size, rate int, now time.Time) budget { return budget{size, size, rate, now} }

// spend reports whether the budget allows for one more.
func (b *budget) spend(now time.Time) bool {
	if b.left == 0 {
		if back := int(now.Sub(b.at).Seconds() * float64(b.rate)); back > 0 {
			b.left, b.at = min(back, b.size), now
		}
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

// earn gives n back.
func (b *budget) earn(n int) { b.left = min(b.left+n, b.size) }
