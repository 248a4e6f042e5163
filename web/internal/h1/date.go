// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

const (
	days   = "SunMonTueWedThuFriSat"
	months = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// AppendDateField appends the Date line for t.
func AppendDateField(dst []byte, t time.Time) []byte {
	return append(AppendDate(append(dst, "Date: "...), t), '\r', '\n')
}

// AppendDate appends t as an IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
func AppendDate(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	w, m := 3*int(t.Weekday()), 3*(int(month)-1)
	dst = append(dst, days[w:w+3]...)
	dst = append(dst, ',', ' ', byte('0'+day/10), byte('0'+day%10), ' ')
	dst = append(dst, months[m:m+3]...)
	dst = append(dst, ' ', byte('0'+year/1000%10), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), ' ')
	for i, v := range [...]int{hour, minute, second} {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, byte('0'+v/10), byte('0'+v%10))
	}
	return append(dst, " GMT"...)
}

var errDate = errors.New("http: malformed date")

// ParseDate reads the three forms of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850 and asctime, with or without the day of the week and GMT. A year of two digits
// below 69 is in the twenty-first century. Dates before 1970 are refused. Twisted: stringToDatetime.
func ParseDate(s string) (time.Time, error) {
	f := strings.Fields(strings.ReplaceAll(s, "-", " "))
	if len(f) > 0 && strings.HasSuffix(f[len(f)-1], "GMT") {
		f = f[:len(f)-1]
	}
	if len(f) == 5 {
		f = f[1:] // the day of the week
	}
	if len(f) != 4 {
		return time.Time{}, errDate
	}
	day, month, year, clock := f[0], f[1], f[2], f[3]
	if month, ok := monthOf(day); ok { // asctime: Nov  6 08:49:37 1994
		return makeDate(f[3], month, f[1], f[2])
	}
	m, ok := monthOf(month)
	if !ok {
		return time.Time{}, errDate
	}
	return makeDate(year, m, day, clock)
}

func monthOf(s string) (time.Month, bool) {
	if len(s) != 3 {
		return 0, false
	}
	for m := range 12 {
		if EqualFold(s, months[3*m:3*m+3]) {
			return time.Month(m + 1), true
		}
	}
	return 0, false
}

func makeDate(year string, month time.Month, day, clock string) (time.Time, error) {
	y, ok := number(year, 4, 9999)
	switch {
	case !ok:
		return time.Time{}, errDate
	case len(year) <= 2 && y < 69:
		y += 2000
	case len(year) <= 2:
		y += 1900
	}
	d, ok := number(day, 2, 31)
	parts := strings.Split(clock, ":")
	if !ok || d == 0 || len(parts) != 3 || y < 1970 {
		return time.Time{}, errDate
	}
	hour, ok1 := number(parts[0], 2, 23)
	minute, ok2 := number(parts[1], 2, 59)
	second, ok3 := number(parts[2], 2, 60)
	t := time.Date(y, month, d, hour, minute, second, 0, time.UTC)
	if !ok1 || !ok2 || !ok3 || second < 60 && t.Day() != d {
		return time.Time{}, errDate
	}
	return t, nil
}

func number(s string, digits, limit int) (int, bool) {
	if s == "" || len(s) > digits || !allOf(s, "0123456789") {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= limit
}
