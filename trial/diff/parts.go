// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff

import (
	"bytes"
	"reflect"
)

// slices compares slices and arrays.
func (w *walker) slices(a, b reflect.Value) bool {
	n, m := a.Len(), b.Len()
	if a.Kind() == reflect.Slice {
		switch {
		case w.empty && n == 0 && m == 0:
			return true
		case a.IsNil() != b.IsNil() && (!w.empty || n == 0 && m == 0):
			return w.differ(a, b)
		case a.Pointer() == b.Pointer() && n == m && w.sorts[a.Type().Elem()] == nil:
			return true
		}
		if a.Type().Elem().Kind() == reflect.Uint8 && w.equals[a.Type().Elem()] == nil && w.transforms[a.Type().Elem()] == nil {
			return bytes.Equal(a.Bytes(), b.Bytes()) || w.differ(a, b)
		}
		if n == m && n > 0 && composite(a.Type().Elem()) && !w.enter(a, b, n) {
			return true
		}
		if sort := w.sorts[a.Type().Elem()]; sort != nil {
			a, b = sorted(a, sort), sorted(b, sort)
		}
	}
	if w.out == nil {
		if n != m {
			return false
		}
		simple := w.simple(a.Type().Elem())
		for i := range n {
			if simple && !a.Index(i).Equal(b.Index(i)) || !simple && !w.walk(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	}
	equal := func(i, j int) bool { return w.quietly(a.Index(i), b.Index(j)) }
	if w.simple(a.Type().Elem()) {
		equal = func(i, j int) bool { return a.Index(i).Equal(b.Index(j)) }
	}
	changes := script(n, m, equal, w.work)
	for _, c := range changes {
		if w.out.full() {
			break
		}
		w.changed(a, b, c)
	}
	return len(changes) == 0
}

// simple reports whether values of the type are equal by == whatever the options are.
func (w *walker) simple(t reflect.Type) bool {
	switch k := t.Kind(); {
	case k != reflect.Bool && k != reflect.String && (k < reflect.Int || k > reflect.Uintptr):
		return false
	case t.NumMethod() > 0 || w.equals[t] != nil:
		return false
	}
	return w.transforms[t] == nil
}

func sorted(v reflect.Value, sort func(reflect.Value)) reflect.Value {
	if v.IsNil() {
		return v
	}
	c := reflect.MakeSlice(reflect.SliceOf(v.Type().Elem()), v.Len(), v.Len())
	reflect.Copy(c, v)
	sort(c)
	return c
}

// changed tells of one change: what differs inside of elements that stand for each other, or which are gone and which are new.
func (w *walker) changed(a, b reflect.Value, c change) {
	if c.i1-c.i0 == c.j1-c.j0 && composite(a.Type().Elem()) {
		for i := range c.i1 - c.i0 {
			if w.out.full() {
				return
			}
			w.path = append(w.path, step{indexed: true, i: c.i0 + i, j: c.j0 + i})
			w.walk(a.Index(c.i0+i), b.Index(c.j0+i))
			w.path = w.path[:len(w.path)-1]
		}
		return
	}
	var lines []string
	for i := c.i0; i < c.i1 && len(lines) <= w.out.max; i++ {
		lines = append(lines, marked("- ", formatLines(a.Index(i)))...)
	}
	for j := c.j0; j < c.j1 && len(lines) <= 2*w.out.max; j++ {
		lines = append(lines, marked("+ ", formatLines(b.Index(j)))...)
	}
	s := step{indexed: true, i: c.i0, j: c.j0, run: true, end: c.i1}
	if c.i0 == c.i1 {
		s.i, s.end = c.j0, c.j1
	}
	w.out.block(append(w.path, s), lines)
}

// composite reports whether values of the type have parts that are worth to be told on their own.
func composite(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array, reflect.Interface:
		return true
	case reflect.Pointer:
		return composite(t.Elem())
	}
	return false
}

func (w *walker) maps(a, b reflect.Value) bool {
	n, m := a.Len(), b.Len()
	switch {
	case w.empty && n == 0 && m == 0:
		return true
	case a.IsNil() != b.IsNil() && (!w.empty || n == 0 && m == 0):
		return w.differ(a, b)
	case a.Pointer() == b.Pointer():
		return true
	case !w.enter(a, b, n):
		return true
	}
	if w.out == nil {
		if n != m {
			return false
		}
		for it := a.MapRange(); it.Next(); {
			other := b.MapIndex(it.Key())
			if !other.IsValid() || !w.walk(it.Value(), other) {
				return false
			}
		}
		return true
	}
	same := true
	for _, k := range sortedKeys(a, b) {
		if w.out.full() {
			return false
		}
		w.path = append(w.path, step{key: k, keyed: true})
		switch x, y := a.MapIndex(k), b.MapIndex(k); {
		case !y.IsValid() && !x.IsValid(): // NaN
			same = false
			w.out.block(w.path, []string{"  a key that is not equal to itself"})
		case !y.IsValid():
			same = false
			w.out.block(w.path, marked("- ", formatLines(x)))
		case !x.IsValid():
			same = false
			w.out.block(w.path, marked("+ ", formatLines(y)))
		default:
			same = w.walk(x, y) && same
		}
		w.path = w.path[:len(w.path)-1]
	}
	return same
}
