// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"fmt"
	"unicode/utf8"
)

// AppendEscaped appends text that can neither end a line of a log nor steer a terminal: control characters, those that change the direction of writing, and octets that are not UTF-8
// are written as \x1b, \u202e and so on. Tabs stay; newline is written for a line break, `\n` if it is "".
func AppendEscaped(dst []byte, s, newline string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f || c == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unsafeRune(r, n) {
			i += n
			continue
		}
		dst = append(dst, s[start:i]...)
		switch {
		case r == '\n' && newline != "":
			dst = append(dst, newline...)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r < 0x80 || r == utf8.RuneError:
			dst = fmt.Appendf(dst, `\x%02x`, c)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		i += n
		start = i
	}
	return append(dst, s[start:]...)
}

func unsafeRune(r rune, size int) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == utf8.RuneError && size == 1:
		return true
	case r == 0x2028, r == 0x2029, r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}
