// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unsafe"
)

// A class is a set of character classes of RFC 9110 and 3986.
type class uint8

const (
	classToken  class = 1 << iota // tchar
	classValue                    // VCHAR, SP, HTAB, obs-text
	classTarget                   // what a request target may hold: VCHAR without '#'
	classHost                     // reg-name and port: unreserved, sub-delims, '%', ':'
	classLower                    // upper-case letters, whose other case differs
)

var classes = makeClasses()

func makeClasses() (t [256]class) {
	for c := range 256 {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		digit := '0' <= c && c <= '9'
		if letter || digit || strings.IndexByte("!#$%&'*+-.^_`|~", byte(c)) >= 0 && c != 0 {
			t[c] |= classToken
		}
		if c == '\t' || c >= ' ' && c != 0x7f {
			t[c] |= classValue
		}
		if c > ' ' && c < 0x7f && c != '#' {
			t[c] |= classTarget
		}
		// A comma is a sub-delim, but in a Host it is two hosts to somebody.
		if letter || digit || strings.IndexByte("-._~!$&'()*+;=%:", byte(c)) >= 0 && c != 0 {
			t[c] |= classHost
		}
		if 'A' <= c && c <= 'Z' {
			t[c] |= classLower
		}
	}
	return t
}

func all[S ~string | ~[]byte](s S, want class) bool {
	for i := range len(s) {
		if classes[s[i]]&want == 0 {
			return false
		}
	}
	return true
}

// IsToken reports whether s is a token of RFC 9110 section 5.6.2, as methods and header names are.
func IsToken(s string) bool { return s != "" && all(s, classToken) }

// IsFieldValue reports whether s can be a header value: no control characters but HTAB.
func IsFieldValue(s string) bool { return isValue(unsafe.Slice(unsafe.StringData(s), len(s))) }

// isValue is IsFieldValue.
func isValue(b []byte) bool { return valueEnd(b, 0) == len(b) }

// valueEnd returns where the field value ends that begins at i: at a control character that is not HTAB, or at the end of b. It looks at eight bytes at a time.
func valueEnd(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		y := x ^ 0x7f*ones
		// The high bits of bytes below 0x20, and of those that are 0x7f. Above the lowest of them there may be others by borrowing.
		if m := ((x-0x20*ones)&^x | (y-ones)&^y) & highs; m != 0 {
			k := i + bits.TrailingZeros64(m)/8
			if b[k] != '\t' {
				return k
			}
			i = k - 7 // go on behind it
		}
	}
	for i < len(b) && classes[b[i]]&classValue != 0 {
		i++
	}
	return i
}

// view is b as a string, as long as b does not change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// EqualFold reports whether a and b are equal but for the case of ASCII letters. strings.EqualFold would find the Kelvin sign equal to k.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if x, y := a[i], b[i]; x != y && lower(x) != lower(y) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if classes[c]&classLower != 0 {
		return c + 'a' - 'A'
	}
	return c
}

// Tokens calls f with each element of a comma-separated list, trimmed, leaving out empty ones, until f returns false.
func Tokens(list string, f func(string) bool) {
	for list != "" {
		var el string
		el, list, _ = strings.Cut(list, ",")
		if el = Trim(el); el != "" && !f(el) {
			return
		}
	}
}

// Trim takes spaces and tabs, and nothing else, off both ends.
func Trim(s string) string {
	s = trimLeft(s)
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

func trimLeft(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

// ValidHost reports whether s is host or host:port as it may stand in a Host header: not empty, an IPv6 address in brackets, a port of digits.
func ValidHost(s string) bool {
	var port string
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 3 || !allOf(s[1:end], "0123456789abcdefABCDEF:.") {
			return false
		}
		port = s[end+1:]
	} else {
		i := 0
		for i < len(s) && s[i] != ':' && classes[s[i]]&classHost != 0 {
			i++
		}
		if i == 0 {
			return false
		}
		port = s[i:]
	}
	if port == "" {
		return true
	}
	if port[0] != ':' || len(port) > 6 {
		return false
	}
	for i := 1; i < len(port); i++ {
		if !isDigit(port[i]) {
			return false
		}
	}
	return true
}

func allOf(s, set string) bool {
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) < 0 {
			return false
		}
	}
	return true
}
