// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sgr finds what sets colours: the only controls that may pass to a terminal, and those that are taken away elsewhere.
var sgr = regexp.MustCompile("\x1b\\[[0-9;:]{0,64}m")

// line returns s so that it takes one line and changes nothing on a terminal: what cannot be printed is shown as Go escapes it.
func line(s string) string { return escape(s, "") }

// lines is line for text of several lines with tabs.
func lines(s string) string { return escape(s, "\n\t") }

// escape shows what is not printable, except for the characters of keep.
func escape(s, keep string) string {
	if clean(s, keep) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r) || strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case r == '\r' && strings.ContainsRune(keep, '\n') && strings.HasPrefix(s[i+1:], "\n"):
			// the end of a line
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += n
	}
	return b.String()
}

func clean(s, keep string) bool {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return false
		}
		if !unicode.IsPrint(r) && !strings.ContainsRune(keep, r) {
			return false
		}
	}
	return true
}

// paint is lines for what tests print. Their colours stay if there are colours, but never beyond the end of a line.
func paint(s string, color bool) string {
	if !strings.Contains(s, "\x1b[") {
		return lines(s)
	}
	if !color {
		return lines(sgr.ReplaceAllString(s, ""))
	}
	var b strings.Builder
	for l := range strings.Lines(s) {
		end := strings.HasSuffix(l, "\n")
		l = strings.TrimSuffix(l, "\n")
		at, colored := 0, false
		for _, m := range sgr.FindAllStringIndex(l, -1) {
			b.WriteString(lines(l[at:m[0]]))
			b.WriteString(l[m[0]:m[1]])
			at, colored = m[1], true
		}
		b.WriteString(lines(l[at:]))
		if colored {
			b.WriteString("\x1b[0m")
		}
		if end {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// valid returns s as valid UTF-8 without colours and without the controls that XML 1.0 forbids and subunit refuses, for programs that read it.
func valid(s string) string {
	if strings.Contains(s, "\x1b[") {
		s = sgr.ReplaceAllString(s, "")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfffe || r == 0xffff:
			return utf8.RuneError
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"))
}
