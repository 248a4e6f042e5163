// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import "fmt"

// A Gen generates values of type T. Gens are immutable, and may be used by several properties at once. The zero Gen generates the zero value.
type Gen[T any] struct{ draw func(g *G) T }

// Draw returns a value. label names it in the report of a failure; "" is its number.
func (x Gen[T]) Draw(g *G, label string) T {
	g.depth++
	v := x.value(g)
	g.depth--
	g.note(label, v)
	return v
}

// value draws without a note.
func (x Gen[T]) value(g *G) T {
	if x.draw == nil {
		var zero T
		return zero
	}
	g.src.begin()
	v := x.draw(g)
	g.src.end()
	return v
}

// Just generates v, always the same one.
func Just[T any](v T) Gen[T] { return Gen[T]{func(*G) T { return v }} }

// Custom generates what f makes of what it draws.
//
//	var points = property.Custom(func(g *property.G) Point {
//		return Point{property.Int().Draw(g, ""), property.Int().Draw(g, "")}
//	})
func Custom[T any](f func(g *G) T) Gen[T] {
	return Gen[T]{func(g *G) T {
		g.depth++
		v := f(g)
		g.depth--
		return v
	}}
}

// Map generates f of the values of x.
func Map[T, U any](x Gen[T], f func(T) U) Gen[U] {
	return Gen[U]{func(g *G) U { return f(x.value(g)) }}
}

// filterTries is how often Filter tries.
const filterTries = 100

// Filter generates the values of x for which keep is true. After 100 values that are not, the case is thrown away: where most are not, generate what is wanted instead.
func Filter[T any](x Gen[T], keep func(T) bool) Gen[T] {
	return Gen[T]{func(g *G) T {
		for range filterTries {
			if v := x.value(g); keep(v) {
				return v
			}
		}
		g.Skipf("Filter: none of %d values was kept", filterTries)
		panic("unreachable")
	}}
}

// OneOf generates the values of all of xs, of which the first ones are the simpler ones. It panics if there are none.
func OneOf[T any](xs ...Gen[T]) Gen[T] {
	if len(xs) == 0 {
		panic("property: OneOf of nothing")
	}
	return Gen[T]{func(g *G) T { return xs[g.src.choose(uint64(len(xs)-1), nil)].value(g) }}
}

// SampledFrom generates the elements of values, of which the first ones are the simpler ones. It panics if there are none.
func SampledFrom[T any](values ...T) Gen[T] {
	if len(values) == 0 {
		panic("property: SampledFrom nothing")
	}
	return Gen[T]{func(g *G) T { return values[g.src.choose(uint64(len(values)-1), nil)] }}
}

// Permutation generates the elements of s in all orders, that of s being the simplest.
func Permutation[T any](s []T) Gen[[]T] {
	return Gen[[]T]{func(g *G) []T {
		p := append([]T(nil), s...)
		for i := 0; i < len(p)-1; i++ {
			j := i + int(g.src.choose(uint64(len(p)-1-i), nil))
			p[i], p[j] = p[j], p[i]
		}
		return p
	}}
}

// bounds panics for a range that is none.
func bounds[T int | float64](name string, lo, hi T) {
	if !(lo <= hi) {
		panic(fmt.Sprintf("property: %s from %v to %v", name, lo, hi))
	}
}
