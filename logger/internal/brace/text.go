// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/torsion-go/torsion/logger/internal/text"
)

// A Texter is a value with a text of its own where it stands in a format.
type Texter interface{ FieldText() string }

// maxDepth bounds how deep maps, slices and groups are shown: a map may hold itself.
const maxDepth = 16

// AppendText appends the plain text of a value. It may panic where a method of the value does.
func AppendText(dst []byte, v slog.Value) []byte { return appendValue(dst, v, false, 0) }

// AppendRepr appends the text of a value for programmers: strings are quoted.
func AppendRepr(dst []byte, v slog.Value) []byte { return appendValue(dst, v, true, 0) }

func appendValue(dst []byte, v slog.Value, repr bool, depth int) []byte {
	v = v.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return appendString(dst, v.String(), repr)
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return strconv.AppendFloat(dst, v.Float64(), 'g', -1, 64)
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration:
		return append(dst, v.Duration().String()...)
	case slog.KindTime:
		return v.Time().AppendFormat(dst, time.RFC3339Nano)
	case slog.KindGroup:
		return appendGroup(dst, v.Group(), depth)
	}
	return appendAny(dst, v.Any(), repr, depth)
}

func appendString(dst []byte, s string, repr bool) []byte {
	if repr {
		return strconv.AppendQuote(dst, s)
	}
	return append(dst, s...)
}

func appendAny(dst []byte, x any, repr bool, depth int) []byte {
	switch x := x.(type) {
	case nil:
		return append(dst, "<nil>"...)
	case []byte:
		return AppendBytes(dst, x)
	case slog.Value:
		return appendValue(dst, x, repr, depth)
	case []slog.Attr:
		return appendGroup(dst, x, depth)
	}
	rv := reflect.ValueOf(x)
	if (rv.Kind() == reflect.Pointer || rv.Kind() == reflect.Func) && rv.IsNil() {
		return append(dst, "<nil>"...)
	}
	switch x := x.(type) {
	case Texter:
		return append(dst, x.FieldText()...)
	case error:
		return appendString(dst, x.Error(), repr)
	case fmt.Stringer:
		return append(dst, x.String()...)
	case encoding.TextMarshaler:
		if b, err := x.MarshalText(); err == nil {
			return append(dst, b...)
		}
	}
	switch rv.Kind() {
	case reflect.String:
		return appendString(dst, rv.String(), repr)
	case reflect.Slice, reflect.Array:
		return appendList(dst, rv, depth)
	case reflect.Map:
		return appendMap(dst, rv, depth)
	case reflect.Func:
		return fmt.Appendf(dst, "<%T>", x)
	}
	if repr {
		return fmt.Appendf(dst, "%+v", x)
	}
	return fmt.Append(dst, x)
}

func appendGroup(dst []byte, as []slog.Attr, depth int) []byte {
	if depth >= maxDepth {
		return append(dst, "{...}"...)
	}
	dst = append(dst, '{')
	for i, a := range as {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if len(dst) > text.Max {
			return append(dst, "...}"...)
		}
		dst = append(append(dst, a.Key...), ": "...)
		dst = appendValue(dst, a.Value, true, depth+1)
	}
	return append(dst, '}')
}

func appendList(dst []byte, rv reflect.Value, depth int) []byte {
	if depth >= maxDepth {
		return append(dst, "[...]"...)
	}
	dst = append(dst, '[')
	for i := range rv.Len() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if len(dst) > text.Max {
			return append(dst, "...]"...)
		}
		dst = appendElem(dst, rv.Index(i), depth)
	}
	return append(dst, ']')
}

func appendMap(dst []byte, rv reflect.Value, depth int) []byte {
	if depth >= maxDepth {
		return append(dst, "{...}"...)
	}
	type member struct {
		key string
		val reflect.Value
	}
	var members []member
	for it := rv.MapRange(); it.Next(); {
		members = append(members, member{string(appendElem(nil, it.Key(), depth)), it.Value()})
	}
	slices.SortFunc(members, func(a, b member) int {
		if a.key < b.key {
			return -1
		}
		return 1
	})
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if len(dst) > text.Max {
			return append(dst, "...}"...)
		}
		dst = append(append(dst, m.key...), ": "...)
		dst = appendElem(dst, m.val, depth)
	}
	return append(dst, '}')
}

func appendElem(dst []byte, rv reflect.Value, depth int) []byte {
	if !rv.CanInterface() {
		return fmt.Appendf(dst, "%v", rv)
	}
	return appendAny(dst, rv.Interface(), true, depth+1)
}

// AppendBytes appends bytes as Twisted shows them: b'...', what is not printable ASCII as \xNN.
func AppendBytes(dst, b []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, "b'"...)
	for _, c := range b {
		switch {
		case c == '\\' || c == '\'':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c < ' ' || c >= 0x7f:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '\'')
}
