// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"bytes"
	"math/rand/v2"
)

// repeat calls f from min to max times; a negative max is no limit. Each time is a span of its own, which begins with the choice whether there is to be one more: leaving out the
// span makes one less of them.
func (g *G) repeat(min, max int, f func()) {
	for n := 0; max < 0 || n < max; n++ {
		g.src.begin()
		if n >= min && !g.more() {
			g.src.end()
			return
		}
		f()
		g.src.end()
	}
}

// more chooses whether to go on, so that size times are usual.
func (g *G) more() bool {
	return g.src.choose(1, func(r *rand.Rand) uint64 {
		if r.IntN(g.src.size+1) == 0 {
			return 0
		}
		return 1
	}) == 1
}

// SliceOf generates slices of values from x, of any length. None is nil.
func SliceOf[T any](x Gen[T]) Gen[[]T] { return SliceOfN(x, 0, -1) }

// SliceOfN generates slices of min to max values from x. A negative max is no limit. It panics if min is above max.
func SliceOfN[T any](x Gen[T], min, max int) Gen[[]T] {
	if max >= 0 {
		bounds("SliceOfN", min, max)
	}
	return Gen[[]T]{func(g *G) []T {
		s := []T{}
		g.repeat(min, max, func() { s = append(s, x.value(g)) })
		return s
	}}
}

// MapOf generates maps from keys of k to values of v, of any length. None is nil.
func MapOf[K comparable, V any](k Gen[K], v Gen[V]) Gen[map[K]V] { return MapOfN(k, v, 0, -1) }

// MapOfN generates maps of min to max elements. A negative max is no limit. If k has too few different keys, the case is thrown away. It panics if min is above max.
func MapOfN[K comparable, V any](k Gen[K], v Gen[V], min, max int) Gen[map[K]V] {
	if max >= 0 {
		bounds("MapOfN", min, max)
	}
	return Gen[map[K]V]{func(g *G) map[K]V {
		m := map[K]V{}
		g.repeat(min, max, func() {
			key := Filter(k, func(key K) bool { _, ok := m[key]; return !ok }).value(g)
			m[key] = v.value(g)
		})
		return m
	}}
}

// Pieces generates the ways to cut data up, as a network does. The whole in one piece is the simplest; no piece is empty, and each has memory of its own.
//
//	for _, piece := range property.Pieces(input).Draw(g, "pieces") {
//		transport.Feed(piece)
//	}
func Pieces(data []byte) Gen[[][]byte] {
	return Gen[[][]byte]{func(g *G) [][]byte {
		var pieces [][]byte
		rest := data
		if len(rest) > 1 {
			g.repeat(0, len(data)-1, func() {
				if len(rest) < 2 {
					return
				}
				n := 1 + int(magnitude(g, uint64(len(rest)-2)))
				pieces = append(pieces, bytes.Clone(rest[:n]))
				rest = rest[n:]
			})
		}
		if len(rest) > 0 {
			pieces = append(pieces, bytes.Clone(rest))
		}
		return pieces
	}}
}
