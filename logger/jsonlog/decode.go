// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/torsion-go/torsion/logger"
)

// A decoder reads JSON as Python's json.loads does: NaN and the infinities are numbers, integers have any length, of two members with one name the later counts. Members keep their
// order.
type decoder struct {
	s   string
	pos int
}

var errSyntax = errors.New("not JSON")

// maxDigits bounds integers, whose reading takes more than linear time.
const maxDigits = 4300

func decode(s string) (any, error) {
	d := decoder{s: s}
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	if d.space(); d.pos < len(d.s) {
		return nil, d.fail()
	}
	return v, nil
}

func (d *decoder) fail() error { return fmt.Errorf("%w: at octet %d", errSyntax, d.pos) }

func (d *decoder) space() {
	for d.pos < len(d.s) && strings.IndexByte(" \t\r\n", d.s[d.pos]) >= 0 {
		d.pos++
	}
}

func (d *decoder) accept(word string) bool {
	if strings.HasPrefix(d.s[d.pos:], word) {
		d.pos += len(word)
		return true
	}
	return false
}

// value reads one value: nil, bool, int64, uint64, *big.Int, float64, string, []any, []slog.Attr, an empty map[string]any for an empty object, or what objects with a UUID are.
func (d *decoder) value(depth int) (any, error) {
	d.space()
	if d.pos >= len(d.s) || depth > maxDepth {
		return nil, d.fail()
	}
	switch c := d.s[d.pos]; {
	case c == '{':
		return d.object(depth)
	case c == '[':
		return d.array(depth)
	case c == '"':
		return d.str()
	case d.accept("null"):
		return nil, nil
	case d.accept("true"):
		return true, nil
	case d.accept("false"):
		return false, nil
	case d.accept("NaN"):
		return math.NaN(), nil
	case d.accept("Infinity"):
		return math.Inf(1), nil
	case d.accept("-Infinity"):
		return math.Inf(-1), nil
	}
	return d.number()
}

func (d *decoder) number() (any, error) {
	start := d.pos
	d.accept("-")
	digits := func() int {
		n := d.pos
		for d.pos < len(d.s) && d.s[d.pos] >= '0' && d.s[d.pos] <= '9' {
			d.pos++
		}
		return d.pos - n
	}
	first := d.pos
	n := digits()
	if n == 0 || n > 1 && d.s[first] == '0' || n > maxDigits {
		return nil, d.fail()
	}
	isFloat := false
	if d.accept(".") {
		isFloat = true
		if digits() == 0 {
			return nil, d.fail()
		}
	}
	if d.accept("e") || d.accept("E") {
		isFloat = true
		if !d.accept("+") {
			d.accept("-")
		}
		if digits() == 0 {
			return nil, d.fail()
		}
	}
	text := d.s[start:d.pos]
	if isFloat {
		f, _ := strconv.ParseFloat(text, 64) // beyond the range it is infinite, as in Python
		return f, nil
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	if u, err := strconv.ParseUint(text, 10, 64); err == nil {
		return u, nil
	}
	b, _ := new(big.Int).SetString(text, 10)
	return b, nil
}

func (d *decoder) array(depth int) (any, error) {
	d.pos++
	list := []any{}
	if d.space(); d.accept("]") {
		return list, nil
	}
	for {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if d.space(); d.accept("]") {
			return list, nil
		}
		if !d.accept(",") {
			return nil, d.fail()
		}
	}
}

func (d *decoder) object(depth int) (any, error) {
	d.pos++
	var members []slog.Attr
	places := map[string]int{}
	if d.space(); d.accept("}") {
		return map[string]any{}, nil
	}
	for {
		d.space()
		if d.pos >= len(d.s) || d.s[d.pos] != '"' {
			return nil, d.fail()
		}
		key, err := d.str()
		if err != nil {
			return nil, err
		}
		if d.space(); !d.accept(":") {
			return nil, d.fail()
		}
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a := slog.Any(key, v)
		if i, again := places[key]; again {
			members[i] = a
		} else {
			places[key] = len(members)
			members = append(members, a)
		}
		if d.space(); d.accept("}") {
			return rebuild(members, places), nil
		}
		if !d.accept(",") {
			return nil, d.fail()
		}
	}
}

// rebuild makes levels and failures of the objects that say by their UUID that they are such. Others stay as they are.
func rebuild(members []slog.Attr, places map[string]int) any {
	i, ok := places["__class_uuid__"]
	if !ok || members[i].Value.Kind() != slog.KindString {
		return members
	}
	switch strings.ToLower(members[i].Value.String()) {
	case levelUUID:
		if n, ok := places["name"]; ok {
			if l, err := logger.ParseLevel(members[n].Value.String()); err == nil {
				return l
			}
		}
		return nil
	case failureUUID:
		return readFailure(append(members[:i:i], members[i+1:]...))
	}
	return members
}

func (d *decoder) str() (string, error) {
	d.pos++
	start := d.pos
	for d.pos < len(d.s) && d.s[d.pos] != '"' && d.s[d.pos] != '\\' && d.s[d.pos] >= ' ' {
		d.pos++
	}
	if d.accept(`"`) {
		return d.s[start : d.pos-1], nil
	}
	b := []byte(d.s[start:d.pos])
	for d.pos < len(d.s) {
		c := d.s[d.pos]
		d.pos++
		switch {
		case c == '"':
			return string(b), nil
		case c < ' ':
			return "", d.fail()
		case c != '\\':
			b = append(b, c)
		default:
			r, err := d.escaped()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, r)
		}
	}
	return "", d.fail()
}

// escaped reads what follows a backslash. Half a surrogate pair becomes U+FFFD.
func (d *decoder) escaped() (rune, error) {
	if d.pos >= len(d.s) {
		return 0, d.fail()
	}
	c := d.s[d.pos]
	d.pos++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, d.fail()
	}
	r, err := d.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	back := d.pos
	if d.accept(`\u`) {
		if low, err := d.hex4(); err == nil {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, nil
			}
		}
	}
	d.pos = back
	return utf8.RuneError, nil
}

func (d *decoder) hex4() (rune, error) {
	if len(d.s)-d.pos < 4 {
		return 0, d.fail()
	}
	n, err := strconv.ParseUint(d.s[d.pos:d.pos+4], 16, 16)
	if err != nil {
		return 0, d.fail()
	}
	d.pos += 4
	return rune(n), nil
}
