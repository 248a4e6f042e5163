// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
)

// An Integer is what Range generates.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Int generates any int: often small ones, and sometimes the greatest and the least. Those near 0 are the simpler ones, and the positive ones.
func Int() Gen[int] { return Range(math.MinInt, math.MaxInt) }

// Bool generates false and true.
func Bool() Gen[bool] { return Gen[bool]{func(g *G) bool { return g.src.choose(1, nil) == 1 }} }

// Range generates integers from lo to hi, both included. The one nearest to 0 is the simplest. It panics if lo is above hi.
func Range[T Integer](lo, hi T) Gen[T] {
	if lo > hi {
		panic(fmt.Sprintf("property: Range from %v to %v", lo, hi))
	}
	return Gen[T]{func(g *G) T { return integer(g, lo, hi) }}
}

func integer[T Integer](g *G, lo, hi T) T {
	switch {
	case lo >= 0:
		return lo + T(magnitude(g, uint64(hi)-uint64(lo)))
	case hi <= 0:
		return hi - T(magnitude(g, uint64(hi)-uint64(lo)))
	case g.src.choose(1, nil) == 0:
		return T(magnitude(g, uint64(hi)))
	default:
		return -T(magnitude(g, -uint64(lo)))
	}
}

// magnitude returns a number up to limit, small ones more often.
func magnitude(g *G, limit uint64) uint64 {
	if limit < 64 {
		return g.src.choose(limit, nil)
	}
	return g.src.choose(limit, func(r *rand.Rand) uint64 {
		switch r.IntN(24) {
		case 0:
			return limit - uint64(r.IntN(2))
		case 1:
			return r.Uint64()
		}
		return r.Uint64() >> (64 - r.IntN(bits.Len64(limit)+1))
	})
}

// Float64 generates any float64, infinities and NaN included. Integers are the simpler ones, then fractions.
func Float64() Gen[float64] {
	return Gen[float64]{func(g *G) float64 {
		// A simpler kind has to make fewer choices.
		kind := g.src.choose(3, func(r *rand.Rand) uint64 { return [...]uint64{0, 0, 0, 1, 1, 1, 2, 2, 2, 3}[r.IntN(10)] })
		var f float64
		negative := g.src.choose(1, nil) == 1
		switch kind {
		case 0:
			f = float64(magnitude(g, 1<<53))
		case 1:
			f = float64(magnitude(g, 1<<32))
			f /= float64(2 + magnitude(g, 1000))
		case 2:
			exponent := g.src.choose(0x7fe, nil)
			high := g.src.choose(1<<26-1, nil)
			f = math.Float64frombits(exponent<<52 | high<<26 | g.src.choose(1<<26-1, nil))
		default:
			special := [...]float64{math.Inf(1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64}
			f = special[g.src.choose(3, nil)]
			g.pad(2)
		}
		if negative {
			f = -f
		}
		return f
	}}
}

// pad makes choices of no meaning.
func (g *G) pad(n int) {
	for range n {
		g.src.choose(1, func(*rand.Rand) uint64 { return 0 })
	}
}

// Float64Range generates float64s from lo to hi, both included. Integers are the simpler ones. It panics if lo is above hi, or if one of them is no finite number.
func Float64Range(lo, hi float64) Gen[float64] {
	bounds("Float64Range", lo, hi)
	if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		panic("property: Float64Range to infinity")
	}
	return Gen[float64]{func(g *G) float64 {
		a, b := math.Max(math.Ceil(lo), -1<<53), math.Min(math.Floor(hi), 1<<53)
		if a <= b && g.src.choose(1, nil) == 0 {
			return float64(integer(g, int64(a), int64(b)))
		}
		high := g.src.choose(1<<26, nil)
		f := float64(high<<26|g.src.choose(1<<26-1, nil)) / (1 << 52)
		f = min(f, 1)
		return min(max(lo*(1-f)+hi*f, lo), hi)
	}}
}
