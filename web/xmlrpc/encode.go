// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// An encoder writes what is sent back.
type encoder struct {
	nils, i8 bool
	location *time.Location
}

const declaration = "<?xml version=\"1.0\"?>\n"

// raw is a value that was encoded already.
type raw []byte

// response appends a methodResponse with v.
func (e *encoder) response(b []byte, v raw) []byte {
	b = append(b, declaration+"<methodResponse><params><param>"...)
	b = append(b, v...)
	return append(b, "</param></params></methodResponse>\n"...)
}

// fault appends a methodResponse with a fault.
func (e *encoder) fault(b []byte, code int, message string) []byte {
	b = append(b, declaration+"<methodResponse><fault>"...)
	b = e.faultValue(b, code, message)
	return append(b, "</fault></methodResponse>\n"...)
}

// faultValue appends the struct of a fault.
func (e *encoder) faultValue(b []byte, code int, message string) []byte {
	b = append(b, "<value><struct><member><name>faultCode</name><value><int>"...)
	b = strconv.AppendInt(b, int64(min(max(code, math.MinInt32), math.MaxInt32)), 10)
	b = append(b, "</int></value></member><member><name>faultString</name><value><string>"...)
	b = escape(b, strings.Map(func(r rune) rune {
		if isChar(r) {
			return r
		}
		return utf8.RuneError
	}, strings.ToValidUTF8(message, "\uFFFD")))
	return append(b, "</string></value></member></struct></value>"...)
}

// maxEncodeDepth ends what refers to itself.
const maxEncodeDepth = 100

var errNil = errors.New("xmlrpc: nil is not allowed by Config.AllowNil")

// value appends a value element.
func (e *encoder) value(b []byte, v reflect.Value, depth int) ([]byte, error) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if depth++; depth > maxEncodeDepth {
			break
		}
		v = v.Elem()
	}
	if depth > maxEncodeDepth {
		return b, errors.New("xmlrpc: a value is nested too deeply")
	}
	if !v.IsValid() {
		if !e.nils {
			return b, errNil
		}
		return append(b, "<value><nil/></value>"...), nil
	}
	if r, ok := v.Interface().(raw); ok {
		return append(b, r...), nil
	}
	b = append(b, "<value>"...)
	b, err := e.typed(b, v, depth)
	return append(b, "</value>"...), err
}

func (e *encoder) typed(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if t, ok := v.Interface().(time.Time); ok {
		b = append(b, "<dateTime.iso8601>"...)
		b = t.In(e.location).AppendFormat(b, "20060102T15:04:05")
		return append(b, "</dateTime.iso8601>"...), nil
	}
	switch v.Kind() {
	case reflect.Bool:
		digit := "0"
		if v.Bool() {
			digit = "1"
		}
		return append(b, "<boolean>"+digit+"</boolean>"...), nil
	case reflect.String:
		s := v.String()
		if !holdable(s) {
			return b, fmt.Errorf("xmlrpc: XML cannot hold the string %.40q: send it as []byte", s)
		}
		return append(escape(append(b, "<string>"...), s), "</string>"...), nil
	case reflect.Float32, reflect.Float64:
		f := v.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return b, fmt.Errorf("xmlrpc: there is no double %v", f)
		}
		b = append(b, "<double>"...)
		return append(strconv.AppendFloat(b, f, 'f', -1, v.Type().Bits()), "</double>"...), nil
	case reflect.Slice, reflect.Array:
		return e.list(b, v, depth)
	case reflect.Map:
		return e.mapped(b, v, depth)
	case reflect.Struct:
		return e.fields(b, v, depth)
	}
	switch {
	case v.CanInt():
		return e.integer(b, v.Int())
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		return e.integer(b, int64(v.Uint()))
	}
	return b, fmt.Errorf("xmlrpc: a %v cannot be sent", v.Type())
}

func (e *encoder) integer(b []byte, i int64) ([]byte, error) {
	name := "int"
	if i != int64(int32(i)) {
		if name = "i8"; !e.i8 {
			return b, fmt.Errorf("xmlrpc: %d has more than 32 bits and Config.AllowI8 is not set", i)
		}
	}
	b = append(b, "<"+name+">"...)
	b = strconv.AppendInt(b, i, 10)
	return append(b, "</"+name+">"...), nil
}

func (e *encoder) list(b []byte, v reflect.Value, depth int) (_ []byte, err error) {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		b = append(b, "<base64>"...)
		b = base64.StdEncoding.AppendEncode(b, v.Bytes())
		return append(b, "</base64>"...), nil
	}
	b = append(b, "<array><data>"...)
	for i := range v.Len() {
		if b, err = e.value(b, v.Index(i), depth+1); err != nil {
			return b, err
		}
	}
	return append(b, "</data></array>"...), nil
}

func (e *encoder) mapped(b []byte, v reflect.Value, depth int) (_ []byte, err error) {
	if v.Type().Key().Kind() != reflect.String {
		return b, fmt.Errorf("xmlrpc: a %v cannot be sent: its keys are no strings", v.Type())
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	b = append(b, "<struct>"...)
	for _, k := range keys {
		if b, err = e.member(b, k.String(), v.MapIndex(k), depth); err != nil {
			return b, err
		}
	}
	return append(b, "</struct>"...), nil
}

func (e *encoder) fields(b []byte, v reflect.Value, depth int) (_ []byte, err error) {
	b = append(b, "<struct>"...)
	for _, f := range fieldsOf(v.Type()) {
		fv := v.Field(f.index)
		if f.omitEmpty && fv.IsZero() {
			continue
		}
		if b, err = e.member(b, f.name, fv, depth); err != nil {
			return b, err
		}
	}
	return append(b, "</struct>"...), nil
}

func (e *encoder) member(b []byte, name string, v reflect.Value, depth int) ([]byte, error) {
	if !holdable(name) {
		return b, fmt.Errorf("xmlrpc: XML cannot hold the name %.40q", name)
	}
	b = append(escape(append(b, "<member><name>"...), name), "</name>"...)
	b, err := e.value(b, v, depth+1)
	return append(b, "</member>"...), err
}

// holdable reports whether XML can hold s.
func holdable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !isChar(r) })
}

// isChar reports whether XML can hold r.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || 0x20 <= r && r <= 0xd7ff || 0xe000 <= r && r <= 0xfffd || 0x10000 <= r && r <= 0x10ffff
}

// escape appends s as character data; a CR is kept from becoming a line break.
func escape(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '\r':
			b = append(b, "&#13;"...)
		default:
			b = append(b, c)
		}
	}
	return b
}
