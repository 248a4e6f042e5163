// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package load

import (
	"bytes"
	"math/rand/v2"
)

// patternPeriod is a prime, so that no message size divides it and a message is never equal to the one before it.
const patternPeriod = 65521

// A pattern is an endless sequence of bytes that repeats after patternPeriod of them.
type pattern struct{ table []byte }

// newPattern makes a pattern of which up to chunk bytes can be had at once.
func newPattern(chunk int) *pattern {
	table := make([]byte, patternPeriod+chunk)
	r := rand.New(rand.NewPCG(20, 26))
	for i := range patternPeriod {
		table[i] = byte(r.Uint32())
	}
	for i := patternPeriod; i < len(table); i++ {
		table[i] = table[i-patternPeriod]
	}
	return &pattern{table: table}
}

// at returns n bytes from position pos, which is below patternPeriod.
func (p *pattern) at(pos, n int) []byte { return p.table[pos : pos+n] }

// match tells whether got is what the pattern has at pos.
func (p *pattern) match(pos int, got []byte) bool { return bytes.Equal(got, p.table[pos:pos+len(got)]) }

// start is where the sequence of connection i begins: each has its own, so that answers that went to the wrong connection are seen.
func start(i int) int { return i * 7919 % patternPeriod }

func advance(pos, n int) int { return (pos + n) % patternPeriod }

// letters makes text of it.
func (p *pattern) letters() {
	for i, b := range p.table {
		p.table[i] = 'a' + b%26
	}
}
