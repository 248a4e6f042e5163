// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlpush

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text makes the event of character data: all of it up to the next markup, or a piece of Limits.Token bytes, wherever the input was cut.
func (p *Parser) text(ev Event) (Event, int, state) {
	limit := p.Limits.Token
	n := -1
	if from := min(p.scanned, len(p.buf)); from < limit {
		n = bytes.IndexByte(p.buf[from:min(len(p.buf), limit)], '<')
		if n >= 0 {
			n += from
		}
	}
	if n < 0 {
		if p.scanned = len(p.buf); len(p.buf) < limit+4 { // room for the rest of a character
			return ev, 0, starved
		}
		if n = cut(p.buf[:limit]); n == 0 {
			p.fail("a reference is too long")
			return ev, 0, starved
		}
	}
	raw := string(p.buf[:n])
	if !p.valid(raw) {
		return ev, 0, starved
	}
	if len(p.open) == 0 {
		if strings.Trim(raw, " \t\r\n") != "" {
			p.fail("text outside of the root element")
			return ev, 0, starved
		}
		return ev, n, dropped
	}
	if strings.Contains(raw, "]]>") {
		p.fail("]]> in text")
	}
	ev.Kind, ev.Data = Text, p.references(newlines(raw))
	return ev, n, p.unless()
}

// cut returns how much of b, of which more is to come, can be taken: not the beginning of a reference, a character, a line break or ]]>.
func cut(b []byte) int {
	n := len(b)
	if amp := bytes.LastIndexByte(b, '&'); amp >= 0 && bytes.IndexByte(b[amp:], ';') < 0 {
		n = amp
	}
	for back := 0; n > 0 && back < utf8.UTFMax; back++ {
		if r, size := utf8.DecodeLastRune(b[:n]); r != utf8.RuneError || size != 1 {
			break
		}
		n--
	}
	for n > 0 && (b[n-1] == '\r' || b[n-1] == ']') {
		n--
	}
	if n == 0 && b[0] == ']' { // nothing but brackets: all but two can go
		return len(b) - 2
	}
	return n
}

// newlines makes one kind of line break of all (XML section 2.11).
func newlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// valid fails unless s has only characters of XML.
func (p *Parser) valid(s string) bool {
	for i, r := range s {
		if !isChar(r) || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			p.fail("a byte that is no character of XML in UTF-8")
			return false
		}
	}
	return true
}

func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || 0x20 <= r && r <= 0xd7ff || 0xe000 <= r && r <= 0xfffd || 0x10000 <= r && r <= 0x10ffff
}

// references resolves the references in s.
func (p *Parser) references(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(s[:i])
		name, rest, ok := strings.Cut(s[i+1:], ";")
		r := reference(name)
		if !ok || r < 0 {
			p.fail("undefined entity or malformed reference")
			return ""
		}
		b.WriteRune(r)
		s = rest
		i = strings.IndexByte(s, '&')
	}
	b.WriteString(s)
	return b.String()
}

// reference returns what &name; stands for, or -1.
func reference(name string) rune {
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	if !ok || len(digits) > 8 || strings.ContainsAny(digits, "+-_") {
		return -1
	}
	v, err := strconv.ParseInt(digits, base, 32)
	if err != nil || !isChar(rune(v)) {
		return -1
	}
	return rune(v)
}
