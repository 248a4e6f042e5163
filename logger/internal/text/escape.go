// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package text

import (
	"strconv"
	"unicode/utf8"
)

// AppendEscaped appends s with everything that a terminal or another reader of lines might obey made visible: control octets, among them those above 0x7f,
// formatting runes such as those that turn the direction of writing, and octets that are no UTF-8. Tabs, and what prints, stay; newline is written for a line break, `\n` if it is "".
func AppendEscaped(b []byte, s, newline string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f || c == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if c >= utf8.RuneSelf && strconv.IsPrint(r) && (r != utf8.RuneError || n > 1) {
			i += n
			continue
		}
		b = append(b, s[start:i]...)
		switch {
		case c == '\n' && newline != "":
			b = append(b, newline...)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c < utf8.RuneSelf || r == utf8.RuneError && n == 1:
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			q := strconv.AppendQuoteRuneToASCII(nil, r)
			b = append(b, q[1:len(q)-1]...)
		}
		i += n
		start = i
	}
	return append(b, s[start:]...)
}

const hex = "0123456789abcdef"

// AppendQuoted appends s as the value of a logfmt pair: as it is if it needs no quotes, in double quotes with escapes otherwise.
func AppendQuoted(b []byte, s string) []byte {
	if s == "" || indexOdd(s) < len(s) {
		return strconv.AppendQuote(b, s)
	}
	return append(b, s...)
}

// AppendKey appends s as the key of a logfmt pair, for which there are no quotes: what a key may not have becomes '_'.
func AppendKey(b []byte, s string) []byte {
	if s == "" {
		return append(b, '_')
	}
	for {
		i := indexOdd(s)
		b = append(b, s[:i]...)
		if i == len(s) {
			return b
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		b, s = append(b, '_'), s[i+n:]
	}
}

// indexOdd returns where the first rune is that has to be quoted, len(s) if there is none.
func indexOdd(s string) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f {
			return i
		}
		n := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, n = utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError || !strconv.IsPrint(r) {
				return i
			}
		}
		i += n
	}
	return len(s)
}
