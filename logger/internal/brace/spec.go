// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A spec is Python's format specification: [[fill]align][sign][#][0][width][grouping][.precision][type].
type spec struct {
	fill      rune
	align     byte // '<', '>', '^', '=', or 0
	sign      byte // '+', '-', ' '
	alt       bool
	width     int
	group     byte // ',', '_', or 0
	precision int  // -1: none
	kind      byte // 0: none
}

// maxWidth bounds widths and precisions.
const maxWidth = 1024

func parseSpec(s string) (spec, error) {
	whole := s
	p := spec{fill: ' ', sign: '-', precision: -1}
	isAlign := func(i int) bool { return i < len(s) && strings.IndexByte("<>^=", s[i]) >= 0 }
	if r, n := utf8.DecodeRuneInString(s); n > 0 && isAlign(n) {
		p.fill, p.align, s = r, s[n], s[n+1:]
	} else if isAlign(0) {
		p.align, s = s[0], s[1:]
	}
	take := func(set string) byte {
		if s != "" && strings.IndexByte(set, s[0]) >= 0 {
			c := s[0]
			s = s[1:]
			return c
		}
		return 0
	}
	number := func() (int, bool) {
		i := 0
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		n, err := strconv.Atoi(s[:i])
		if err != nil {
			return 0, i > 0
		}
		s = s[i:]
		return n, true
	}
	if c := take("+- "); c != 0 {
		p.sign = c
	}
	p.alt = take("#") != 0
	if take("0") != 0 && p.align == 0 {
		p.fill, p.align = '0', '='
	}
	p.width, _ = number()
	p.group = take(",_")
	if take(".") != 0 {
		n, ok := number()
		if !ok {
			return p, fmt.Errorf("format specification %q: no precision", whole)
		}
		p.precision = n
	}
	p.kind = take("bcdeEfFgGnosxX%")
	if s != "" {
		return p, fmt.Errorf("bad format specification %q", whole)
	}
	if p.width > maxWidth || p.precision > maxWidth {
		return p, fmt.Errorf("format specification %q: more than %d", whole, maxWidth)
	}
	return p, nil
}

// appendSpec formats a value by a specification. Integers and floats know all of it, everything else is padded and cut as text.
func appendSpec(dst []byte, v slog.Value, text string) ([]byte, error) {
	p, err := parseSpec(text)
	if err != nil {
		return dst, err
	}
	v = v.Resolve()
	var sign, digits string
	numeric := true
	switch v.Kind() {
	case slog.KindInt64:
		n := v.Int64()
		sign, digits, err = p.integer(n < 0, uint64(max(n, -n)))
	case slog.KindUint64:
		sign, digits, err = p.integer(false, v.Uint64())
	case slog.KindFloat64:
		sign, digits, err = p.float(v.Float64())
	default:
		numeric = false
		digits, err = p.text(string(AppendText(nil, v)))
	}
	if err != nil {
		return dst, fmt.Errorf("format specification %q: %w", text, err)
	}
	return p.pad(dst, sign, digits, numeric), nil
}

func (p spec) text(s string) (string, error) {
	if p.kind != 0 && p.kind != 's' {
		return "", fmt.Errorf("%q is not for text", p.kind)
	}
	if p.align == '=' {
		return "", fmt.Errorf("alignment '=' is not for text")
	}
	if p.precision >= 0 && utf8.RuneCountInString(s) > p.precision {
		s = string([]rune(s)[:p.precision])
	}
	return s, nil
}

func (p spec) signOf(negative bool) string {
	switch {
	case negative:
		return "-"
	case p.sign == '-':
		return ""
	}
	return string(rune(p.sign))
}

func (p spec) integer(negative bool, n uint64) (sign, digits string, err error) {
	sign = p.signOf(negative)
	base, prefix := 10, ""
	switch p.kind {
	case 0, 'd', 'n':
	case 'b':
		base, prefix = 2, "0b"
	case 'o':
		base, prefix = 8, "0o"
	case 'x':
		base, prefix = 16, "0x"
	case 'X':
		base, prefix = 16, "0X"
	case 'c':
		if n > utf8.MaxRune || negative {
			return "", "", fmt.Errorf("%d is no character", n)
		}
		return "", string(rune(n)), nil
	case 's':
		return "", "", fmt.Errorf("'s' is not for numbers")
	default:
		f := float64(n)
		if negative {
			f = -f
		}
		return p.float(f)
	}
	if p.precision >= 0 {
		return "", "", fmt.Errorf("integers have no precision")
	}
	digits = strconv.FormatUint(n, base)
	if p.kind == 'X' {
		digits = strings.ToUpper(digits)
	}
	every := 3
	if base != 10 {
		every = 4
	}
	digits = grouped(digits, p.group, every)
	if p.alt {
		sign += prefix
	}
	return sign, digits, nil
}

func (p spec) float(f float64) (sign, digits string, err error) {
	sign = p.signOf(math.Signbit(f))
	f = math.Abs(f)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		digits = strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))
		if p.kind == 'E' || p.kind == 'F' || p.kind == 'G' {
			digits = strings.ToUpper(digits)
		}
		return sign, digits, nil
	}
	precision := p.precision
	if precision < 0 && p.kind != 0 {
		precision = 6
	}
	switch p.kind {
	case 0:
		if digits = strconv.FormatFloat(f, 'g', precision, 64); !strings.ContainsAny(digits, ".e") {
			digits += ".0"
		}
	case 'e', 'E', 'f', 'F':
		digits = strconv.FormatFloat(f, p.kind|0x20, precision, 64)
	case 'g', 'G', 'n':
		digits = general(f, max(precision, 1))
	case '%':
		digits = strconv.FormatFloat(f*100, 'f', precision, 64) + "%"
	default:
		return "", "", fmt.Errorf("%q is not for floats", p.kind)
	}
	if p.kind == 'E' || p.kind == 'G' {
		digits = strings.ToUpper(digits)
	}
	whole, rest := digits, ""
	if i := strings.IndexAny(digits, ".eE%"); i >= 0 {
		whole, rest = digits[:i], digits[i:]
	}
	return sign, grouped(whole, p.group, 3) + rest, nil
}

// general is C's %g: an exponent where it is below -4 or not below the precision, no trailing zeros.
func general(f float64, precision int) string {
	e := strconv.FormatFloat(f, 'e', precision-1, 64)
	mantissa, exp, _ := strings.Cut(e, "e")
	n, _ := strconv.Atoi(exp)
	trim := func(s string) string {
		if strings.Contains(s, ".") {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return s
	}
	if n < -4 || n >= precision {
		return trim(mantissa) + "e" + exp
	}
	return trim(strconv.FormatFloat(f, 'f', max(precision-1-n, 0), 64))
}

func grouped(digits string, by byte, every int) string {
	if by == 0 {
		return digits
	}
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%every == 0 {
			b.WriteByte(by)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

func (p spec) pad(dst []byte, sign, digits string, numeric bool) []byte {
	n := p.width - utf8.RuneCountInString(sign) - utf8.RuneCountInString(digits)
	align := p.align
	if align == 0 {
		align = '<'
		if numeric {
			align = '>'
		}
	}
	fill := func(dst []byte, n int) []byte {
		for range max(n, 0) {
			dst = utf8.AppendRune(dst, p.fill)
		}
		return dst
	}
	switch align {
	case '<':
		return fill(append(append(dst, sign...), digits...), n)
	case '>':
		return append(append(fill(dst, n), sign...), digits...)
	case '^':
		return fill(append(append(fill(dst, max(n, 0)/2), sign...), digits...), max(n, 0)-max(n, 0)/2)
	}
	return append(fill(append(dst, sign...), n), digits...)
}
