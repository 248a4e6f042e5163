// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"cmp"
	"encoding"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/brace"
)

const (
	levelUUID   = "02e59486-f24d-46ad-8224-3acdf2a5732a"
	failureUUID = "e76887e2-20ed-49bf-a8f8-ba25cc586f2d"
)

const unpersistable = `{"unpersistable": true}`

// maxDepth bounds how deep values are nested, written and read: maps may hold themselves.
const maxDepth = 64

// An encoder writes values as Python's json.dumps does. It stops writing, and is over, once dst is longer than limit.
type encoder struct {
	dst       []byte
	limit     int // of len(dst)
	maxString int // longer strings are cut
	maxItems  int // of a map or list
	strict    bool
	over      bool
	flat      *brace.Format // of the event, if it is flattened while it is written
}

func (c *encoder) raw(s string) { c.dst = append(c.dst, s...) }

func (c *encoder) key(first *bool, key string) {
	if !*first {
		c.raw(", ")
	}
	*first = false
	c.str(key)
	c.raw(": ")
}

func (c *encoder) value(v slog.Value, depth int) {
	if c.over = c.over || len(c.dst) > c.limit; c.over {
		return
	}
	switch v.Kind() {
	case slog.KindString:
		c.str(v.String())
	case slog.KindInt64:
		c.dst = strconv.AppendInt(c.dst, v.Int64(), 10)
	case slog.KindUint64:
		c.dst = strconv.AppendUint(c.dst, v.Uint64(), 10)
	case slog.KindFloat64:
		c.float(v.Float64())
	case slog.KindBool:
		c.dst = strconv.AppendBool(c.dst, v.Bool())
	case slog.KindDuration:
		c.str(v.Duration().String())
	case slog.KindTime:
		c.str(v.Time().Format(time.RFC3339Nano))
	case slog.KindGroup:
		c.group(v.Group(), depth)
	case slog.KindLogValuer:
		c.value(v.Resolve(), depth)
	default:
		c.any(v.Any(), depth)
	}
}

func (c *encoder) group(as []slog.Attr, depth int) {
	if depth >= maxDepth {
		c.raw(unpersistable)
		return
	}
	c.raw("{")
	first := true
	for i, a := range as {
		if i >= c.maxItems || c.over {
			break
		}
		c.key(&first, a.Key)
		c.value(a.Value, depth+1)
	}
	c.raw("}")
}

func (c *encoder) any(x any, depth int) {
	switch x := x.(type) {
	case nil:
		c.raw("null")
	case logger.Level:
		c.level(x)
	case *Failure:
		x.encode(c, depth)
	case slog.Value:
		c.value(x, depth)
	case []slog.Attr:
		c.group(x, depth)
	case *big.Int:
		if x == nil {
			c.raw("null")
			return
		}
		c.dst = x.Append(c.dst, 10)
	default:
		if text, ok := textOf(x); ok {
			c.str(text)
			return
		}
		c.reflected(reflect.ValueOf(x), depth)
	}
}

// textOf returns the text of a value that has one of its own. A panic in its method is as if it had none.
func textOf(x any) (text string, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	switch x := x.(type) {
	case error:
		return x.Error(), true
	case encoding.TextMarshaler:
		b, err := x.MarshalText()
		return string(b), err == nil
	case fmt.Stringer:
		return x.String(), true
	}
	return "", false
}

func (c *encoder) reflected(rv reflect.Value, depth int) {
	switch rv.Kind() {
	case reflect.Bool:
		c.dst = strconv.AppendBool(c.dst, rv.Bool())
	case reflect.String:
		c.str(rv.String())
	case reflect.Float32, reflect.Float64:
		c.float(rv.Float())
	case reflect.Slice, reflect.Array:
		c.list(rv, depth)
	case reflect.Map:
		c.mapping(rv, depth)
	case reflect.Pointer, reflect.Interface:
		if rv.IsNil() {
			c.raw("null")
			return
		}
		c.raw(unpersistable)
	default:
		switch {
		case rv.CanInt():
			c.dst = strconv.AppendInt(c.dst, rv.Int(), 10)
		case rv.CanUint():
			c.dst = strconv.AppendUint(c.dst, rv.Uint(), 10)
		default:
			c.raw(unpersistable)
		}
	}
}

func (c *encoder) list(rv reflect.Value, depth int) {
	if rv.Kind() == reflect.Slice && rv.Type().Elem().Kind() == reflect.Uint8 {
		c.bytes(rv.Bytes())
		return
	}
	if depth >= maxDepth {
		c.raw(unpersistable)
		return
	}
	c.raw("[")
	for i := range rv.Len() {
		if i >= c.maxItems || c.over {
			break
		}
		if i > 0 {
			c.raw(", ")
		}
		c.element(rv.Index(i), depth)
	}
	c.raw("]")
}

// mapping writes a map in the order of its keys. Keys that are neither text nor numbers nor booleans nor nil make their entry disappear.
func (c *encoder) mapping(rv reflect.Value, depth int) {
	if depth >= maxDepth {
		c.raw(unpersistable)
		return
	}
	type member struct {
		key string
		val reflect.Value
	}
	var members []member
	for it := rv.MapRange(); it.Next(); {
		if key, ok := keyText(it.Key()); ok {
			members = append(members, member{key, it.Value()})
		}
	}
	slices.SortStableFunc(members, func(a, b member) int { return cmp.Compare(a.key, b.key) })
	c.raw("{")
	first := true
	for i, m := range members {
		if i >= c.maxItems || c.over {
			break
		}
		c.key(&first, m.key)
		c.element(m.val, depth)
	}
	c.raw("}")
}

func keyText(k reflect.Value) (string, bool) {
	if k.Kind() == reflect.Interface {
		if k.IsNil() {
			return "null", true
		}
		k = k.Elem()
	}
	switch {
	case k.Kind() == reflect.String:
		return k.String(), true
	case k.Kind() == reflect.Bool:
		return strconv.FormatBool(k.Bool()), true
	case k.CanInt():
		return strconv.FormatInt(k.Int(), 10), true
	case k.CanUint():
		return strconv.FormatUint(k.Uint(), 10), true
	case k.CanFloat():
		return string(appendFloat(nil, k.Float())), true
	}
	return "", false
}

func (c *encoder) element(rv reflect.Value, depth int) {
	if !rv.CanInterface() {
		c.raw(unpersistable)
		return
	}
	c.value(slog.AnyValue(rv.Interface()), depth+1)
}

func (c *encoder) level(l logger.Level) {
	c.raw(`{"name": "`)
	c.raw(l.Name())
	c.raw(`", "__class_uuid__": "` + levelUUID + `"}`)
}

// float writes a float as Python does.
func (c *encoder) float(f float64) {
	if c.strict && (math.IsNaN(f) || math.IsInf(f, 0)) {
		c.raw("null")
		return
	}
	c.dst = appendFloat(c.dst, f)
}

func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	n := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !slices.Contains(dst[n:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}

const hex = "0123456789abcdef"

func (c *encoder) unit(u uint16) {
	c.dst = append(c.dst, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
}

// str writes a string with everything but printable ASCII escaped. Octets that are not UTF-8 become U+FFFD.
func (c *encoder) str(s string) {
	if len(s) > c.maxString {
		s = s[:c.maxString] + "... (cut)"
	}
	c.dst = append(c.dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= ' ' && b < 0x7f && b != '"' && b != '\\' {
			i++
			continue
		}
		c.raw(s[start:i])
		r, n := utf8.DecodeRuneInString(s[i:])
		c.escape(r)
		i += n
		start = i
	}
	c.raw(s[start:])
	c.dst = append(c.dst, '"')
}

func (c *encoder) escape(r rune) {
	switch r {
	case '"', '\\':
		c.dst = append(c.dst, '\\', byte(r))
	case '\b':
		c.raw(`\b`)
	case '\f':
		c.raw(`\f`)
	case '\n':
		c.raw(`\n`)
	case '\r':
		c.raw(`\r`)
	case '\t':
		c.raw(`\t`)
	default:
		switch {
		case r >= 0x10000:
			hi, lo := utf16.EncodeRune(r)
			c.unit(uint16(hi))
			c.unit(uint16(lo))
		case r >= ' ' && r < 0x7f:
			c.dst = append(c.dst, byte(r))
		default:
			c.unit(uint16(r))
		}
	}
}

// bytes writes each byte as the character of that number.
func (c *encoder) bytes(b []byte) {
	cut := len(b) > c.maxString
	if cut {
		b = b[:c.maxString]
	}
	c.dst = append(c.dst, '"')
	for _, x := range b {
		c.escape(rune(x))
	}
	if cut {
		c.raw("... (cut)")
	}
	c.dst = append(c.dst, '"')
}
