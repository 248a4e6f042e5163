// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package text has what all that writes text for logs shares: bounds, escapes, and the stacks of errors.
//
// # Concurrency
//
// Everything is safe from any goroutine.
package text

import "unicode/utf8"

// Max bounds a text, and what one event becomes in a file, in octets.
const Max = 64 << 10

const cutMark = "... (cut)"

// Cut shortens what dst has behind from to at most Max octets, at the border of a character, and marks that.
func Cut(dst []byte, from int) []byte { return CutAt(dst, from, Max) }

// CutAt is Cut to another bound, which is more than the mark.
func CutAt(dst []byte, from, bound int) []byte {
	if len(dst)-from <= bound {
		return dst
	}
	end := from + bound - len(cutMark)
	for end > from && !utf8.RuneStart(dst[end]) {
		end--
	}
	return append(dst[:end], cutMark...)
}

// Clip returns s cut to at most n octets, at the border of a rune.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
