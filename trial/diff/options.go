// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff

import (
	"fmt"
	"reflect"
	"slices"
)

// defaultMaxLines is the default of MaxLines.
const defaultMaxLines = 100

// An Option changes how values are compared or shown.
type Option struct{ apply func(*config) }

type config struct {
	ignored      map[reflect.Type][]string
	equals       map[reflect.Type]func(a, b reflect.Value) bool
	transforms   map[reflect.Type]func(reflect.Value) reflect.Value
	sorts        map[reflect.Type]func(reflect.Value)
	margin       float64
	approximate  bool
	empty        bool
	exportedOnly bool
	errorsIs     bool
	maxLines     int
}

func newConfig(opts []Option) *config {
	c := &config{
		ignored:    map[reflect.Type][]string{},
		equals:     map[reflect.Type]func(a, b reflect.Value) bool{},
		transforms: map[reflect.Type]func(reflect.Value) reflect.Value{},
		sorts:      map[reflect.Type]func(reflect.Value){},
		maxLines:   defaultMaxLines,
	}
	for _, o := range opts {
		if o.apply != nil {
			o.apply(c)
		}
	}
	return c
}

// IgnoreFields leaves fields of the struct T out of the comparison. It panics if T has no field of such a name.
func IgnoreFields[T any](names ...string) Option {
	t := reflect.TypeFor[T]()
	for _, name := range names {
		if t.Kind() != reflect.Struct {
			panic(fmt.Sprintf("diff: IgnoreFields: %v is no struct", t))
		}
		if f, ok := t.FieldByName(name); !ok || len(f.Index) != 1 {
			panic(fmt.Sprintf("diff: IgnoreFields: %v has no field %q", t, name))
		}
	}
	return Option{func(c *config) { c.ignored[t] = append(c.ignored[t], names...) }}
}

// ExportedOnly leaves fields that are not exported out of the comparison, in all structs.
func ExportedOnly() Option { return Option{func(c *config) { c.exportedOnly = true }} }

// Approximate takes floating-point and complex numbers as equal that are no farther apart than margin.
func Approximate(margin float64) Option {
	return Option{func(c *config) { c.approximate, c.margin = true, margin }}
}

// EquateEmpty takes empty slices and maps as equal to nil ones.
func EquateEmpty() Option { return Option{func(c *config) { c.empty = true }} }

// ErrorsIs takes errors as equal if [errors.Is] finds the wanted one in the one that was got.
func ErrorsIs() Option { return Option{func(c *config) { c.errorsIs = true }} }

// SortSlices compares slices of T without regard to order: copies of them that are sorted by compare, which is as for [slices.SortFunc].
func SortSlices[T any](compare func(a, b T) int) Option {
	return Option{func(c *config) {
		c.sorts[reflect.TypeFor[T]()] = func(v reflect.Value) {
			if s, ok := v.Interface().([]T); ok {
				slices.SortStableFunc(s, compare)
			}
		}
	}}
}

// Transform compares f of values of type T instead of the values. The result of f is not transformed again by the same f.
func Transform[T, U any](f func(T) U) Option {
	return Option{func(c *config) {
		c.transforms[reflect.TypeFor[T]()] = func(v reflect.Value) reflect.Value {
			in, _ := v.Interface().(T) // a nil interface stays nil
			out := f(in)
			return reflect.ValueOf(&out).Elem()
		}
	}}
}

// Compare asks equal about values of type T.
func Compare[T any](equal func(a, b T) bool) Option {
	return Option{func(c *config) {
		c.equals[reflect.TypeFor[T]()] = func(a, b reflect.Value) bool {
			x, _ := a.Interface().(T)
			y, _ := b.Interface().(T)
			return equal(x, y)
		}
	}}
}

// MaxLines bounds the text of a difference to n lines, and a line that says that there is more. The default is 100; n of 0 or less is the default too.
func MaxLines(n int) Option {
	return Option{func(c *config) {
		if c.maxLines = n; n <= 0 {
			c.maxLines = defaultMaxLines
		}
	}}
}
