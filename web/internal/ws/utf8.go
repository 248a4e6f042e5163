// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import "unicode/utf8"

// A checker tells whether a text that comes in pieces is UTF-8, at the first byte that cannot be.
type checker struct {
	pending [3]byte // the beginning of a character, from the end of the piece before
	n       uint8
}

// feed reports whether the text so far can be UTF-8.
func (c *checker) feed(p []byte) bool {
	for c.n > 0 && len(p) > 0 {
		var b [4]byte
		copy(b[:], c.pending[:c.n])
		b[c.n], p = p[0], p[1:]
		if s := b[:c.n+1]; !utf8.FullRune(s) {
			c.pending = [3]byte(b[:])
			c.n++
		} else if r, size := utf8.DecodeRune(s); r == utf8.RuneError && size == 1 {
			return false
		} else {
			c.n = 0
		}
	}
	// Look back for the beginning of a character that does not end here.
	for i := 1; i <= 3 && i <= len(p); i++ {
		if tail := p[len(p)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				c.n = uint8(copy(c.pending[:], tail))
				p = p[:len(p)-i]
			}
			break
		}
	}
	return utf8.Valid(p)
}

// whole reports whether the text has ended with a whole character.
func (c *checker) whole() bool { return c.n == 0 }
