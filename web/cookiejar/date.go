// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar

import (
	"strings"
	"time"
)

// parseDate reads a date as RFC 6265bis section 5.1.1 has it, which takes all that servers ever wrote: a time, a day, a month and a year among other words, in any order.
func parseDate(s string) (time.Time, bool) {
	var clock [3]int
	day, month, year := -1, -1, -1
	haveClock := false
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return !dateDelimiter(r) })
		if i < 0 {
			break
		}
		s = s[i:]
		word := s
		if i := strings.IndexFunc(s, dateDelimiter); i >= 0 {
			word = s[:i]
		}
		s = s[len(word):]
		if !haveClock {
			if clock, haveClock = parseClock(word); haveClock {
				continue
			}
		}
		if n, ok := number(word, 1, 2); ok && day < 0 {
			day = n
			continue
		}
		if month < 0 && len(word) >= 3 {
			if i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(word[:3])); i >= 0 && i%3 == 0 {
				month = i/3 + 1
				continue
			}
		}
		if n, ok := number(word, 2, 4); ok && year < 0 {
			year = n
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	if !haveClock || day < 1 || day > 31 || month < 0 || year < 1601 || clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, clock[0], clock[1], clock[2], 0, time.UTC)
	return t, t.Day() == day // no 30th of February
}

func dateDelimiter(r rune) bool {
	return r == '\t' || r >= ' ' && r <= '/' || r >= ';' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
}

// number reads at least low and at most high digits, which no other digit follows.
func number(s string, low, high int) (n int, ok bool) {
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if i == high {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, i >= low
}

// parseClock reads 1:2:3 or 01:02:03, which no digit follows.
func parseClock(s string) (clock [3]int, ok bool) {
	for i := range clock {
		field, rest, more := strings.Cut(s, ":")
		if i < 2 && !more {
			return clock, false
		}
		n, ok := number(field, 1, 2)
		if !ok || i < 2 && strings.Trim(field, "0123456789") != "" {
			return clock, false
		}
		clock[i], s = n, rest
	}
	return clock, true
}
