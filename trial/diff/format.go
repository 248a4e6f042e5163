// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxFormat = 2000 // bytes of one value
	maxString = 500  // bytes of one string in it
	maxNested = 10   // levels of one value
	maxFlat   = 100  // characters of a value that is shown in one line
)

// Format returns v on one line, in the notation of Go as far as that is good to read. Fields that are zero are left out. It is at most some 2,000 bytes long: "…" stands for what is missing.
func Format(v any) string { return flat(reflect.ValueOf(v)) }

func flat(v reflect.Value) string {
	f := &formatter{}
	f.value(v, false, 0)
	return f.String()
}

// formatLines returns v on one line, or with a line for each of its parts if that is too long.
func formatLines(v reflect.Value) []string {
	s := flat(v)
	if utf8.RuneCountInString(s) <= maxFlat {
		return []string{s}
	}
	f := &formatter{wide: true}
	f.value(v, false, 0)
	return strings.Split(f.String(), "\n")
}

type formatter struct {
	strings.Builder
	wide  bool // parts of the root have a line each
	stack []uintptr
}

func (f *formatter) full() bool { return f.Len() > maxFormat }

// value writes v. The type of composites is left out where the one around them says it.
func (f *formatter) value(v reflect.Value, known bool, depth int) {
	switch {
	case f.full():
		f.WriteString("…")
		return
	case !v.IsValid():
		f.WriteString("nil")
		return
	case depth > maxNested:
		f.WriteString("…")
		return
	case f.special(v):
		return
	}
	name := ""
	if !known {
		name = typeName(v)
	}
	switch v.Kind() {
	case reflect.String:
		f.WriteString(quote(v.String()))
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		f.WriteString(typeName(v))
	case reflect.Interface:
		f.value(v.Elem(), false, depth)
	case reflect.Pointer:
		f.reference(v, func() {
			f.WriteString("&")
			f.value(v.Elem(), false, depth)
		})
	case reflect.Slice:
		f.reference(v, func() {
			f.WriteString(name)
			f.list(v, depth)
		})
	case reflect.Array:
		f.WriteString(name)
		f.list(v, depth)
	case reflect.Map:
		f.reference(v, func() {
			f.WriteString(name)
			keys := sortedKeys(v, reflect.Zero(v.Type()))
			f.parts(len(keys), depth, func(i int) {
				f.value(keys[i], true, depth+1)
				f.WriteString(": ")
				f.value(v.MapIndex(keys[i]), true, depth+1)
			})
		})
	case reflect.Struct:
		f.WriteString(name)
		v = addressable(v)
		var set []int
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				set = append(set, i)
			}
		}
		f.parts(len(set), depth, func(i int) {
			f.WriteString(v.Type().Field(set[i]).Name + ": ")
			f.value(open(v.Field(set[i])), false, depth+1)
		})
	default:
		s := fmt.Sprint(plain(v))
		if v.Type().PkgPath() != "" && !known {
			s = name + "(" + s + ")"
		}
		f.WriteString(s)
	}
}

var shorter = strings.NewReplacer("interface {}", "any", "[]uint8", "[]byte")

func typeName(v reflect.Value) string { return shorter.Replace(v.Type().String()) }

// plain returns a number or bool without the methods of its type.
func plain(v reflect.Value) any {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		if v.Kind() == reflect.Float32 {
			return float32(v.Float())
		}
		return v.Float()
	case v.CanComplex():
		return v.Complex()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	}
	return v
}

// reference writes what a nil reference is, or, by write, what it refers to, unless that is being written already.
func (f *formatter) reference(v reflect.Value, write func()) {
	if v.IsNil() {
		if v.Kind() == reflect.Pointer {
			f.WriteString("nil")
			return
		}
		f.WriteString(typeName(v) + "(nil)")
		return
	}
	p := v.Pointer()
	if v.Kind() != reflect.Slice {
		for _, q := range f.stack {
			if p == q {
				f.WriteString("&" + typeName(v) + "(cycle)")
				return
			}
		}
		f.stack = append(f.stack, p)
		defer func() { f.stack = f.stack[:len(f.stack)-1] }()
	}
	write()
}

func (f *formatter) list(v reflect.Value, depth int) {
	f.parts(v.Len(), depth, func(i int) { f.value(v.Index(i), v.Type().Elem().Kind() != reflect.Interface, depth+1) })
}

func (f *formatter) parts(n, depth int, part func(i int)) {
	lines := f.wide && depth == 0
	f.WriteByte('{')
	for i := range n {
		switch {
		case lines:
			f.WriteString("\n  ")
		case i > 0:
			f.WriteString(", ")
		}
		if f.full() {
			f.WriteString("…")
			break
		}
		part(i)
		if lines {
			f.WriteByte(',')
		}
	}
	if lines && n > 0 {
		f.WriteByte('\n')
	}
	f.WriteByte('}')
}

// special writes values that say better themselves what they are.
func (f *formatter) special(v reflect.Value) bool {
	if !v.CanInterface() || nilable(v) && v.IsNil() || v.Kind() == reflect.Interface {
		return false
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		f.WriteString(typeName(v) + "(" + quote(string(v.Bytes())) + ")")
		return true
	}
	switch x := v.Interface().(type) {
	case time.Time:
		f.WriteString(x.Format("2006-01-02T15:04:05.999999999Z07:00"))
	case time.Duration:
		f.WriteString(x.String())
	case reflect.Type:
		f.WriteString(x.String())
	case error:
		s, ok := said(x.Error)
		if !ok {
			return false
		}
		f.WriteString(typeName(v) + "(" + quote(s) + ")")
	case fmt.Stringer:
		if composite(v.Type()) && v.Kind() != reflect.Struct && v.Kind() != reflect.Array || v.Kind() == reflect.Pointer {
			return false // it has parts, which tell more
		}
		s, ok := said(x.String)
		if !ok {
			return false
		}
		f.WriteString(typeName(v) + "(" + cut(s, maxString) + ")")
	default:
		return false
	}
	return true
}

// said calls a method of somebody's, which may panic.
func said(method func() string) (s string, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return method(), true
}

func quote(s string) string {
	if len(s) <= maxString {
		return strconv.Quote(s)
	}
	return strconv.Quote(cut(s, maxString)) + "… (" + strconv.Itoa(len(s)) + " bytes)"
}

// cut returns at most n bytes of s, of whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
