// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
)

const (
	splitsExhaustive = 4096 // bytes of input up to which every split in two is tried
	splitsSampled    = 512  // splits in two of a longer input
	splitsRandom     = 32   // random splits in many
)

// Splits checks that what a parser or protocol makes of input does not depend on how input is cut up. run makes a fresh one, feeds it all the pieces
// and returns the outcome (events, state, errors) as text. It is called with the whole input, byte by byte, with every split in two (a sample of them where input is
// longer than 4096 bytes) and with random splits in many; a difference fails t and shows where the cuts were. A piece is lent until the next one:
// it is overwritten then.
//
//	protocoltest.Splits(t, input, func(pieces iter.Seq[[]byte]) string {
//		var p Parser
//		var log strings.Builder
//		for piece := range pieces {
//			p.Feed(piece)
//			for ev, err := range p.Events() {
//				fmt.Fprintln(&log, ev, err)
//			}
//		}
//		return log.String()
//	})
func Splits(t testing.TB, input []byte, run func(pieces iter.Seq[[]byte]) string) {
	t.Helper()
	want := run(cut(input, nil))
	check := func(cuts []int) bool {
		t.Helper()
		if got := run(cut(input, cuts)); got != want {
			if len(cuts) > 40 {
				cuts = append(slices.Clone(cuts[:40]), -1)
			}
			t.Errorf("cut at %v, of %d bytes %.200q:\n got: %s\nwhole: %s", cuts, len(input), input, got, want)
			return false
		}
		return true
	}
	every := make([]int, 0, len(input))
	for i := 1; i < len(input); i++ {
		every = append(every, i)
	}
	if !check(every) {
		return
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	at := every
	if len(input) > splitsExhaustive {
		at = make([]int, splitsSampled)
		for i := range at {
			at[i] = 1 + random.IntN(len(input)-1)
		}
	}
	for _, i := range at {
		if !check([]int{i}) {
			return
		}
	}
	for range splitsRandom {
		if len(input) < 3 {
			return
		}
		cuts := make([]int, 2+random.IntN(min(len(input), 64)))
		for i := range cuts {
			cuts[i] = random.IntN(len(input) + 1) // an empty piece is no input at all, and may come
		}
		slices.Sort(cuts)
		if !check(cuts) {
			t.Logf("the seed of the random splits was %d", seed)
			return
		}
	}
}

// cut yields the pieces of input between the cuts, each in memory of its own that is spoilt after use.
func cut(input []byte, cuts []int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		start := 0
		for i := range len(cuts) + 1 {
			end := len(input)
			if i < len(cuts) {
				end = cuts[i]
			}
			piece := bytes.Clone(input[start:end])
			if !yield(piece) {
				return
			}
			for j := range piece {
				piece[j] = 0xdb
			}
			start = end
		}
	}
}
