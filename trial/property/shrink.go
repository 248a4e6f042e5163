// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"
)

// A shrinker makes a failure simpler: fewer choices, and then smaller ones, the first ones first. It tries changed sequences of choices and keeps those that fail at the same
// place of the code. Passes over the sequence, each with one kind of change, are repeated until none of them finds anything:
//
//	choices            [1 7 1 0 1 99 0]   a list of 7, 0, 99: "one more?" and the element, and 0 at the end
//	without a span     [1 7 1 99 0]
//	a smaller choice   [1 7 1 51 0]       by halving
//	zeros              [1 0 1 51 0]
//	two spans swapped, choices lowered together, one lowered and the other raised, one lowered and what follows random, ...
type shrinker struct {
	*engine
	best  *result
	runs  int
	until time.Time
	seen  map[string]struct{}
}

func (s *shrinker) over() bool { return s.runs >= s.Shrinks || time.Now().After(s.until) }

func (s *shrinker) shrink() {
	s.until = time.Now().Add(s.ShrinkTime)
	for {
		before := s.best
		s.deleteChunks()
		s.deleteSpans()
		s.descend()
		s.zero()
		s.lowerEach()
		s.lowerAndDelete()
		s.lowerTogether()
		s.swap()
		s.shift()
		s.advance()
		s.reroll()
		if s.best == before || s.over() {
			return
		}
	}
}

// simpler reports whether a comes before b.
func simpler(a, b []uint64) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return slices.Compare(a, b) < 0
}

// try runs the property with choices, and keeps them if they are simpler and fail in the same way.
func (s *shrinker) try(choices []uint64) bool {
	if s.over() || !simpler(choices, s.best.src.choices) {
		return false
	}
	key := make([]byte, 0, 2*len(choices))
	for _, c := range choices {
		key = binary.AppendUvarint(key, c)
	}
	if _, ok := s.seen[string(key)]; ok {
		return false
	}
	s.seen[string(key)] = struct{}{}
	return s.keep(&source{replay: choices, limit: s.Choices})
}

// keep runs the property with src, and keeps its choices if they are simpler and fail in the same way.
func (s *shrinker) keep(src *source) bool {
	s.runs++
	res := run(s.t, s.prop, src, false)
	if res.outcome != failed || res.place != s.best.place || !simpler(res.src.choices, s.best.src.choices) {
		return false
	}
	s.best = res
	return true
}

func (s *shrinker) choices() []uint64 { return s.best.src.choices }

// without tries to leave out choices [from, to).
func (s *shrinker) without(from, to int) bool {
	return from < to && to <= len(s.choices()) && s.try(slices.Concat(s.choices()[:from], s.choices()[to:]))
}

// deleteChunks leaves out runs of choices, whatever they mean, long ones first.
func (s *shrinker) deleteChunks() {
	for n := len(s.choices()) / 2; n > 0 && !s.over(); n /= 2 {
		for at := len(s.choices()) - n; at >= 0; at -= n {
			for s.without(at, at+n) && at+n <= len(s.choices()) {
			}
		}
	}
}

// deleteSpans leaves out what one generator made, the last one first.
func (s *shrinker) deleteSpans() {
	for i := len(s.best.src.spans) - 1; i >= 0 && !s.over(); i-- {
		if i < len(s.best.src.spans) {
			p := s.best.src.spans[i]
			s.without(p.start, p.end)
		}
	}
}

// maxDescents bounds the work of descend, and of advance.
const maxDescents = 500

// descend puts a part in place of the whole, as a subtree for its tree.
func (s *shrinker) descend() {
	tries := 0
	for i := 0; i < len(s.best.src.spans); i++ {
		for j := i + 1; j < len(s.best.src.spans); j++ {
			outer, inner := s.best.src.spans[i], s.best.src.spans[j]
			if inner.start >= outer.end {
				break
			}
			if inner.start == inner.end {
				continue
			}
			if tries++; tries > maxDescents || s.over() {
				return
			}
			c := s.choices()
			if s.try(slices.Concat(c[:outer.start], c[inner.start:inner.end], c[outer.end:])) {
				j = i
				if i >= len(s.best.src.spans) {
					return
				}
			}
		}
	}
}

// advance puts a later thing in the place of an earlier one, as a step of a Machine that two others wait for.
func (s *shrinker) advance() {
	tries := 0
	for i := 0; i < len(s.best.src.spans); i++ {
		for j := i + 1; j < len(s.best.src.spans) && i < len(s.best.src.spans); j++ {
			a, b := s.best.src.spans[i], s.best.src.spans[j]
			if a.parent != b.parent || a.start == a.end || b.start == b.end {
				continue
			}
			if tries++; tries > maxDescents || s.over() {
				return
			}
			c := s.choices()
			if s.try(slices.Concat(c[:a.start], c[b.start:b.end], c[a.end:b.start], c[b.end:])) {
				j = i
			}
		}
	}
}

// zero makes runs of choices zero, long ones first.
func (s *shrinker) zero() {
	for n := len(s.choices()); n > 1 && !s.over(); n /= 2 {
		for at := 0; at+n <= len(s.choices()); at += n {
			c := slices.Clone(s.choices())
			clear(c[at : at+n])
			s.try(c)
		}
	}
}

// lower finds, by halving, the smallest number for which what change makes of it fails.
func (s *shrinker) lower(from uint64, change func(v uint64) []uint64) {
	try := func(v uint64) bool {
		c := change(v)
		return c != nil && s.try(c)
	}
	if from == 0 || try(0) {
		return
	}
	if len(s.choices()) <= shortCase { // not everything is either large enough or not
		for v := range min(from, 10) {
			if try(v) {
				return
			}
		}
	}
	good, bad := from, uint64(0)
	for good-bad > 1 && !s.over() {
		if v := bad + (good-bad)/2; try(v) {
			good = v
		} else {
			bad = v
		}
	}
	for step := uint64(1) << (bits.Len64(good) - 1); step > 1; step /= 2 { // where only every other number fails
		for step <= good && !s.over() && try(good-step) {
			good -= step
		}
	}
}

// shortCase is up to how many choices small numbers are tried one by one.
const shortCase = 64

// with returns the choices with another one at i, or nil if there is no such place.
func (s *shrinker) with(i int, v uint64) []uint64 {
	if i >= len(s.choices()) {
		return nil
	}
	c := slices.Clone(s.choices())
	c[i] = v
	return c
}

func (s *shrinker) lowerEach() {
	for i := 0; i < len(s.choices()) && !s.over(); i++ {
		s.lower(s.choices()[i], func(v uint64) []uint64 { return s.with(i, v) })
	}
}

// lowerAndDelete lowers a choice by one and leaves out something behind it, which the choice may be the number of.
func (s *shrinker) lowerAndDelete() {
	for i := 0; i < len(s.choices()) && !s.over(); i++ {
		if s.choices()[i] == 0 {
			continue
		}
		tries := 0
		for j := 0; j < len(s.best.src.spans) && tries < 16; j++ {
			p := s.best.src.spans[j]
			if p.start <= i || p.start == p.end {
				continue
			}
			tries++
			c := s.with(i, s.choices()[i]-1)
			if s.try(slices.Concat(c[:p.start], c[p.end:])) {
				j, tries = -1, 0
				if i >= len(s.choices()) || s.choices()[i] == 0 {
					break
				}
			}
		}
	}
}

// lowerTogether lowers choices that are the same, as where two values have to be equal.
func (s *shrinker) lowerTogether() {
	for i := 0; i < len(s.choices()) && !s.over(); i++ {
		v := s.choices()[i]
		if v == 0 || slices.Index(s.choices(), v) != i || slices.Index(s.choices()[i+1:], v) < 0 {
			continue
		}
		var places []int
		for j, c := range s.choices() {
			if c == v {
				places = append(places, j)
			}
		}
		s.lower(v, func(v uint64) []uint64 {
			c := slices.Clone(s.choices())
			for _, j := range places {
				if j >= len(c) {
					return nil
				}
				c[j] = v
			}
			return c
		})
	}
}

// swap exchanges neighbours that are in the wrong order, spans and choices.
func (s *shrinker) swap() {
	for i := 0; i < len(s.best.src.spans) && !s.over(); i++ {
		a := s.best.src.spans[i]
		for j := i + 1; j < len(s.best.src.spans); j++ {
			b := s.best.src.spans[j]
			if b.start < a.end || b.start == b.end {
				continue
			}
			if b.start == a.end {
				c := s.choices()
				s.try(slices.Concat(c[:a.start], c[b.start:b.end], c[a.start:a.end], c[b.end:]))
			}
			break
		}
	}
	for n := 1; n <= 4; n++ {
		for i := 0; i+n < len(s.choices()) && !s.over(); i++ {
			if c := slices.Clone(s.choices()); c[i] > c[i+n] {
				c[i], c[i+n] = c[i+n], c[i]
				s.try(c)
			}
		}
	}
}

// shift lowers a choice and raises a later one by as much, as where only a sum matters.
func (s *shrinker) shift() {
	for n := 1; n <= 6; n++ {
		for i := 0; i+n < len(s.choices()) && !s.over(); i++ {
			sum := s.choices()[i] + s.choices()[i+n]
			if sum < s.choices()[i] {
				continue
			}
			s.lower(s.choices()[i], func(v uint64) []uint64 {
				c := s.with(i, v)
				if c == nil || i+n >= len(c) || sum-v > s.best.src.maxima[i+n] {
					return nil
				}
				c[i+n] = sum - v
				return c
			})
		}
	}
}

const (
	maxKinds = 16 // choices with up to so many possibilities are taken for those between kinds of things
	rerolls  = 10
)

// reroll takes a simpler kind of thing, whose parts have nothing to do with those of the other: they are random.
func (s *shrinker) reroll() {
	if len(s.choices()) > shortCase {
		return
	}
	for i := 0; i < len(s.choices()); i++ {
		if s.best.src.maxima[i] >= maxKinds {
			continue
		}
		for v := uint64(0); i < len(s.choices()) && v < s.choices()[i]; v++ {
			for try := range rerolls {
				if s.over() || i >= len(s.choices()) || v >= s.choices()[i] {
					break
				}
				random := rand.New(rand.NewPCG(uint64(i)<<32|v, uint64(try)))
				s.keep(&source{replay: append(slices.Clone(s.choices()[:i]), v), random: random, size: 4, limit: s.Choices})
			}
		}
	}
}
