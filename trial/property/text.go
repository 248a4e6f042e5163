// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"math/rand/v2"
	"unicode/utf8"
)

// letters are the characters below 128, the simplest first.
var letters = func() (order [128]rune) {
	n := 0
	for _, r := range "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" {
		order[n] = r
		n++
	}
	for r := range rune(128) {
		if r < ' ' || r == 127 {
			order[n] = r
			n++
		}
	}
	return order
}()

const (
	printable  = 95
	surrogates = 0xe000 - 0xd800
)

// Rune generates any character: mostly those of ASCII, of which digits and letters are the simpler ones.
func Rune() Gen[rune] {
	return Gen[rune]{func(g *G) rune {
		n := rune(g.src.choose(utf8.MaxRune-surrogates, func(r *rand.Rand) uint64 {
			switch r.IntN(10) {
			case 0:
				return r.Uint64N(128)
			case 1:
				return r.Uint64N(0x800)
			case 2:
				return r.Uint64N(utf8.MaxRune - surrogates)
			}
			return r.Uint64N(printable)
		}))
		switch {
		case n < 128:
			return letters[n]
		case n >= 0xd800:
			return n + surrogates
		}
		return n
	}}
}

// String generates strings of any length, of any characters, in valid UTF-8.
func String() Gen[string] { return StringOf(Rune(), 0, -1) }

// StringOf generates strings of min to max characters from r. A negative max is no limit.
func StringOf(r Gen[rune], min, max int) Gen[string] {
	return Map(SliceOfN(r, min, max), func(s []rune) string { return string(s) })
}

// Bytes generates any bytes, of any length.
func Bytes() Gen[[]byte] { return BytesN(0, -1) }

// BytesN generates min to max bytes. A negative max is no limit.
func BytesN(min, max int) Gen[[]byte] { return SliceOfN(Range[byte](0, 255), min, max) }
