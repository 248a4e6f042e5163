// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxLine is how many bytes of one line people are shown, and maxMachine how many of one text programs are given.
const (
	maxLine    = 4096
	maxMachine = 1 << 20
)

// bound returns s without what is too much: of a text its middle, of a line of it likewise. What is missing is said in its place. omitted is what is missing already, n negative for no limit.
func bound(s string, n int, omitted int64) string {
	if n >= 0 && len(s) > n {
		head, tail := cutAt(s, n*2/3, len(s)-n/3)
		gone := int64(len(s) - len(head) - len(tail))
		s = head + hole(gone+omitted, strings.HasSuffix(head, "\n")) + tail
	} else if omitted > 0 {
		s = strings.TrimSuffix(s, "\n") + "\n" + hole(omitted, true)
	}
	if n < 0 || len(s) <= maxLine {
		return s
	}
	var b strings.Builder
	for l := range strings.Lines(s) {
		if len(l) > maxLine {
			head, tail := cutRunes(l, maxLine*2/3, len(l)-maxLine/3)
			l = head + hole(int64(len(l)-len(head)-len(tail)), false) + tail
		}
		b.WriteString(l)
	}
	return b.String()
}

func hole(n int64, whole bool) string {
	h := "[... " + thousands(n) + " bytes left out ...]"
	if whole {
		h += "\n"
	}
	return h
}

// cutAt returns about s[:i] and s[j:], cut at ends of lines if such are near.
func cutAt(s string, i, j int) (head, tail string) {
	head, tail = cutRunes(s, i, j)
	nl, nl2 := strings.LastIndexByte(head, '\n'), strings.IndexByte(tail, '\n')
	if strings.HasSuffix(s[:len(s)-len(tail)], "\n") { // a line begins there
		nl2 = -1
	}
	if nl >= len(head)/2 && nl2 < len(tail)/2 {
		return head[:nl+1], tail[nl2+1:]
	}
	return head, tail
}

// cutRunes returns s[:i] and s[j:] without halves of characters.
func cutRunes(s string, i, j int) (head, tail string) {
	for k := 0; k < utf8.UTFMax && i > 0 && i < len(s) && !utf8.RuneStart(s[i]); k++ {
		i--
	}
	for k := 0; k < utf8.UTFMax && j < len(s) && !utf8.RuneStart(s[j]); k++ {
		j++
	}
	return s[:i], s[j:]
}

// thousands writes 1234567 as "1,234,567".
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// name returns what people are shown of the name of a test: one line, and not without end.
func name(s string) string {
	s = line(s)
	if len(s) <= maxLine {
		return s
	}
	head, tail := cutRunes(s, maxLine/2, len(s)-maxLine/4)
	return head + fmt.Sprintf("[... %s bytes left out ...]", thousands(int64(len(s)-len(head)-len(tail)))) + tail
}
