// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// maxDepth is how deeply nested values are looked at.
const maxDepth = 100_000

// Equal reports whether want and got are equal; see the package comment.
func Equal(want, got any, opts ...Option) bool {
	w := &walker{config: newConfig(opts)}
	return w.walk(reflect.ValueOf(want), reflect.ValueOf(got))
}

// Diff returns how got differs from want, in lines without a newline at the end, or "" if they are equal.
func Diff(want, got any, opts ...Option) string {
	if Equal(want, got, opts...) {
		return ""
	}
	c := newConfig(opts)
	w := &walker{config: c, out: &report{max: c.maxLines}, work: &budget{maxWork}}
	a, b := reflect.ValueOf(want), reflect.ValueOf(got)
	w.walk(a, b)
	if len(w.out.lines) == 0 {
		w.differ(a, b)
	}
	return w.out.String()
}

// A walker goes through two values at once. Without out it stops at the first difference; with out it tells them all.
type walker struct {
	*config
	out   *report
	work  *budget // of finding the least edits; nil: nothing is bounded
	path  path
	seen  map[visit]struct{}
	depth int
}

// A visit is two places that are being compared, or were: they are not gone through again.
type visit struct {
	a, b uintptr
	n    int
	t    reflect.Type
}

// quietly compares without telling.
func (w *walker) quietly(a, b reflect.Value) bool {
	q := &walker{config: w.config, work: w.work, depth: w.depth}
	return q.walk(a, b)
}

func (w *walker) differ(a, b reflect.Value) bool {
	if w.out != nil {
		w.out.block(w.path, leafLines(a, b))
	}
	return false
}

// enter notes that two references are compared. It returns false if they are already.
func (w *walker) enter(a, b reflect.Value, n int) bool {
	v := visit{a.Pointer(), b.Pointer(), n, a.Type()}
	if _, ok := w.seen[v]; ok {
		return false
	}
	if w.seen == nil {
		w.seen = map[visit]struct{}{}
	}
	w.seen[v] = struct{}{}
	return true
}

func (w *walker) walk(a, b reflect.Value) bool {
	if w.out.full() || w.out == nil && w.work != nil && !w.work.spend() {
		return false
	}
	if !a.IsValid() || !b.IsValid() {
		return a.IsValid() == b.IsValid() || w.differ(a, b)
	}
	if a.Type() != b.Type() {
		return w.differ(a, b)
	}
	if w.depth++; w.depth > maxDepth {
		w.depth--
		return w.differ(a, b)
	}
	same := w.value(a, b)
	w.depth--
	return same
}

func (w *walker) value(a, b reflect.Value) bool {
	if f := w.transforms[a.Type()]; f != nil {
		a, b = f(a), f(b)
		a, b = dynamic(a), dynamic(b)
		if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
			return !a.IsValid() && !b.IsValid() || w.differ(a, b)
		}
	}
	if equal, ok := w.decide(a, b); ok {
		return equal || w.differ(a, b)
	}
	if w.out != nil && !(nilable(a) && (a.IsNil() || b.IsNil())) {
		if x, y, ok := bothSay(a, b); ok && x != y {
			return w.quietly(a, b) || w.differ(a, b)
		}
	}
	return w.contents(a, b)
}

// bothSay returns the text of errors, and of structs that only say what they are, which tells more than their fields.
func bothSay(a, b reflect.Value) (x, y string, ok bool) {
	switch p := a.Interface().(type) {
	case error:
		x, _ = said(p.Error)
		y, _ = said(b.Interface().(error).Error)
		return x, y, true
	case fmt.Stringer:
		t := a.Type()
		if t.Kind() != reflect.Struct {
			return "", "", false
		}
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				return "", "", false
			}
		}
		x, _ = said(p.String)
		y, _ = said(b.Interface().(fmt.Stringer).String)
		return x, y, true
	}
	return "", "", false
}

// dynamic returns what an interface holds.
func dynamic(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return v.Elem()
	}
	return v
}

var (
	typeOfType  = reflect.TypeOf(reflect.TypeFor[int]())
	typeOfError = reflect.TypeFor[error]()
)

// decide asks those who know better than the contents: options, and methods Equal.
func (w *walker) decide(a, b reflect.Value) (equal, ok bool) {
	t := a.Type()
	if f := w.equals[t]; f != nil {
		return f(a, b), true
	}
	if nilable(a) && (a.IsNil() || b.IsNil()) {
		return false, false
	}
	if w.errorsIs && t.Implements(typeOfError) {
		return errors.Is(b.Interface().(error), a.Interface().(error)), true
	}
	if t == typeOfType {
		return a.Interface() == b.Interface(), true
	}
	if t.NumMethod() == 0 || t.Kind() == reflect.Interface {
		return false, false
	}
	m, ok := t.MethodByName("Equal")
	if !ok || m.Type.NumIn() != 2 || m.Type.In(1) != t || m.Type.NumOut() != 1 || m.Type.Out(0).Kind() != reflect.Bool {
		return false, false
	}
	return a.Method(m.Index).Call([]reflect.Value{b})[0].Bool(), true
}

func nilable(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface, reflect.Func, reflect.Chan:
		return true
	}
	return false
}

func (w *walker) contents(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Float32, reflect.Float64:
		return w.sameFloat(a.Float(), b.Float()) || w.differ(a, b)
	case reflect.Complex64, reflect.Complex128:
		x, y := a.Complex(), b.Complex()
		return w.sameFloat(real(x), real(y)) && w.sameFloat(imag(x), imag(y)) || w.differ(a, b)
	case reflect.Func:
		return a.IsNil() && b.IsNil() || w.differ(a, b)
	case reflect.String:
		return a.String() == b.String() || w.differ(a, b)
	case reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() && b.IsNil() || w.differ(a.Elem(), b.Elem())
		}
		return w.walk(a.Elem(), b.Elem())
	case reflect.Pointer:
		return w.pointers(a, b)
	case reflect.Struct:
		return w.structs(a, b)
	case reflect.Map:
		return w.maps(a, b)
	case reflect.Slice, reflect.Array:
		return w.slices(a, b)
	default:
		return a.Equal(b) || w.differ(a, b)
	}
}

func (w *walker) sameFloat(a, b float64) bool {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	return w.approximate && math.Abs(a-b) <= w.margin
}

func (w *walker) pointers(a, b reflect.Value) bool {
	switch {
	case a.Pointer() == b.Pointer():
		return true
	case a.IsNil() || b.IsNil():
		return w.differ(a, b)
	case !w.enter(a, b, 0):
		return true
	}
	return w.walk(a.Elem(), b.Elem())
}

func (w *walker) structs(a, b reflect.Value) bool {
	a, b = addressable(a), addressable(b)
	t, same := a.Type(), true
	ignored := w.ignored[t]
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" || slices.Contains(ignored, f.Name) || w.exportedOnly && !f.IsExported() {
			continue
		}
		w.path = append(w.path, step{name: f.Name})
		same = w.walk(open(a.Field(i)), open(b.Field(i))) && same
		w.path = w.path[:len(w.path)-1]
		if !same && w.out == nil {
			return false
		}
	}
	return same
}

// addressable returns v, or a copy of it, such that fields which are not exported can be read.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

// open lifts the restriction that reflect puts on a field which is not exported. It is only read.
func open(field reflect.Value) reflect.Value {
	if field.CanInterface() {
		return field
	}
	return reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem()
}
