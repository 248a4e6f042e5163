// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	context  = 3   // equal lines around a change
	longText = 160 // bytes of a string above which only the surroundings of the first difference are shown
	around   = 60  // bytes before and after it
)

// Text returns how the lines of got differ from those of want, as a unified diff without file names, of at most 200 lines, or "" if they are the same.
func Text(want, got string) string {
	if want == got {
		return ""
	}
	r := &report{max: 2 * defaultMaxLines}
	r.block(nil, textLines(want, got))
	return r.String()
}

// stringLines shows two strings that differ, or returns nil if they are best shown as they are.
func stringLines(a, b string) []string {
	switch {
	case strings.Count(a, "\n") > 1 || strings.Count(b, "\n") > 1:
		return textLines(a, b)
	case len(a) <= longText && len(b) <= longText:
		return nil
	}
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	for at > 0 && (at < len(a) && !utf8.RuneStart(a[at]) || at < len(b) && !utf8.RuneStart(b[at])) {
		at--
	}
	return []string{
		fmt.Sprintf("  differ at byte %d of %d and %d", at, len(a), len(b)),
		"- " + window(a, at),
		"+ " + window(b, at),
	}
}

// window shows the surroundings of a place in s.
func window(s string, at int) string {
	from, to := max(0, at-around), min(len(s), at+around)
	for from > 0 && !utf8.RuneStart(s[from]) {
		from--
	}
	for to < len(s) && !utf8.RuneStart(s[to]) {
		to++
	}
	q := strconv.Quote(s[from:to])
	if from > 0 {
		q = "…" + q
	}
	if to < len(s) {
		q += "…"
	}
	return q
}

func textLines(a, b string) []string {
	x, y := splitLines(a), splitLines(b)
	ids := map[string]int{}
	number := func(lines []string) []int {
		n := make([]int, len(lines))
		for i, l := range lines {
			id, ok := ids[l]
			if !ok {
				id = len(ids)
				ids[l] = id
			}
			n[i] = id
		}
		return n
	}
	p, q := number(x), number(y)
	return unified(x, y, script(len(x), len(y), func(i, j int) bool { return p[i] == q[j] }, &budget{maxWork}))
}

// splitLines keeps the line ends.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// unified shows changes with a few equal lines around them.
func unified(a, b []string, changes []change) []string {
	var out []string
	shown := 0 // lines of a
	equal := func(to int) {
		for ; shown < to; shown++ {
			out = append(out, strings.TrimRight("  "+line(a[shown]), " "))
		}
	}
	for k, c := range changes {
		if first := c.i0 - context; first > shown {
			shown = first
			out = append(out, fmt.Sprintf("@@ -%d +%d @@", first+1, first+1+c.j0-c.i0))
		}
		equal(c.i0)
		for i := c.i0; i < c.i1; i++ {
			out = append(out, "- "+line(a[i]))
		}
		for j := c.j0; j < c.j1; j++ {
			out = append(out, "+ "+line(b[j]))
		}
		after := len(a)
		if k+1 < len(changes) {
			after = changes[k+1].i0
		}
		shown = c.i1
		equal(min(c.i1+context, after))
	}
	return out
}

// line shows one line: quoted if it holds what cannot be seen.
func line(s string) string {
	body, ended := strings.CutSuffix(s, "\n")
	note := ""
	if !ended {
		note = "  (no newline at the end)"
	}
	if !printable([]byte(body)) || strings.Contains(body, "\r") || strings.TrimRight(body, " \t") != body {
		return quote(body) + note
	}
	if len(body) > maxString {
		body = cut(body, maxString) + "…"
	}
	return body + note
}

// byteLines shows bytes that differ: as text if they are text, else in hexadecimal from the row of the first difference.
func byteLines(a, b []byte) []string {
	if printable(a) && printable(b) {
		if lines := stringLines(string(a), string(b)); lines != nil {
			return lines
		}
		return []string{"- []byte(" + quote(string(a)) + ")", "+ []byte(" + quote(string(b)) + ")"}
	}
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	same := 0
	for same < len(a)-at && same < len(b)-at && a[len(a)-1-same] == b[len(b)-1-same] {
		same++
	}
	out := []string{fmt.Sprintf("  differ at byte %d of %d and %d; the last %d are the same", at, len(a), len(b), same)}
	from := at &^ (rowLen - 1)
	if from >= rowLen {
		out = append(out, "  "+row(a, from-rowLen))
	}
	out = append(out, rows("- ", a, from, len(a)-same)...)
	return append(out, rows("+ ", b, from, len(b)-same)...)
}

const (
	rowLen  = 16
	maxRows = 8
)

func rows(mark string, p []byte, from, to int) []string {
	var out []string
	for at := from; at < len(p) && (at < to || at == from); at += rowLen {
		if len(out) == maxRows {
			return append(out, mark+"…")
		}
		out = append(out, mark+row(p, at))
	}
	if out == nil {
		out = []string{fmt.Sprintf("%s%08x", mark, from)}
	}
	return out
}

func row(p []byte, at int) string {
	p = p[at:min(at+rowLen, len(p))]
	text := bytes.Clone(p)
	for i, c := range text {
		if c < ' ' || c > '~' {
			text[i] = '.'
		}
	}
	return fmt.Sprintf("%08x  % -*x |%s|", at, 3*rowLen, p, text)
}

// printable reports whether p is text without control characters but ends of lines and tabs.
func printable(p []byte) bool {
	if !utf8.Valid(p) {
		return false
	}
	for _, r := range string(p) {
		if !strconv.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
	}
	return true
}
