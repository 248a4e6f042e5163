// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package text

import (
	"strconv"
	"unicode/utf8"
)

// AppendSafe appends s with everything that a terminal or another reader of lines might obey made visible: control octets, among them those above 0x7f,
// formatting runes such as those that turn the direction of writing, and octets that are no UTF-8. Spaces, and what prints, stay.
func AppendSafe(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != 0x7f {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			b = appendOctet(b, c)
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(append(b, s[start:i]...), '\\', 'x', hex[s[i]>>4], hex[s[i]&15])
		} else if strconv.IsPrint(r) {
			i += n
			continue
		} else {
			b = append(b, s[start:i]...)
			q := strconv.AppendQuoteRuneToASCII(nil, r)
			b = append(b, q[1:len(q)-1]...)
		}
		i += n
		start = i
	}
	return append(b, s[start:]...)
}

// AppendQuoted appends s as a word: as it is if it needs no quotes, in double quotes with escapes otherwise.
func AppendQuoted(b []byte, s string) []byte {
	if s == "" {
		return append(b, '"', '"')
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f {
			return strconv.AppendQuote(b, s)
		}
	}
	return append(b, s...)
}

func appendOctet(b []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'x', hex[c>>4], hex[c&15])
}

const hex = "0123456789abcdef"

// Clip returns s cut to at most n octets, at the border of a rune, and whether it was cut.
func Clip(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], true
}
