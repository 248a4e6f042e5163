// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"fmt"
	"math"
	"reflect"
)

// maxPointers is how many pointers, slices and maps Of follows before they are nil.
const maxPointers = 6

// Of generates any values of type T, by its structure: numbers, strings, slices, arrays, maps, pointers, which may be nil, and structs, of which fields that are not exported stay zero.
// It panics for a T that holds functions, channels or interfaces.
func Of[T any]() Gen[T] {
	t := reflect.TypeFor[T]()
	if err := supported(t, map[reflect.Type]bool{}); err != nil {
		panic(fmt.Sprintf("property: Of[%v]: %v", t, err))
	}
	return Gen[T]{func(g *G) T {
		var v T
		fill(g, reflect.ValueOf(&v).Elem(), 0)
		return v
	}}
}

func supported(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.Interface, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return fmt.Errorf("no values of type %v are known; use Custom", t)
	case reflect.Map:
		if err := supported(t.Key(), seen); err != nil {
			return err
		}
		return supported(t.Elem(), seen)
	case reflect.Slice, reflect.Array, reflect.Pointer:
		return supported(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				if err := supported(f.Type, seen); err != nil {
					return fmt.Errorf("field %s: %w", f.Name, err)
				}
			}
		}
	}
	return nil
}

func fill(g *G, v reflect.Value, depth int) {
	g.src.begin()
	switch t := v.Type(); t.Kind() {
	case reflect.Bool:
		v.SetBool(Bool().value(g))
	case reflect.String:
		v.SetString(String().value(g))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(Float64().value(g))
	case reflect.Pointer:
		if depth < maxPointers && Bool().value(g) {
			v.Set(reflect.New(t.Elem()))
			fill(g, v.Elem(), depth+1)
		}
	case reflect.Slice:
		if depth < maxPointers {
			g.repeat(0, -1, func() {
				e := reflect.New(t.Elem()).Elem()
				fill(g, e, depth+1)
				v.Set(reflect.Append(v, e))
			})
		}
	case reflect.Map:
		if depth < maxPointers {
			g.repeat(0, -1, func() {
				if v.IsNil() {
					v.Set(reflect.MakeMap(t))
				}
				key, e := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
				fill(g, key, depth+1)
				fill(g, e, depth+1)
				v.SetMapIndex(key, e)
			})
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(g, v.Index(i), depth)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if t.Field(i).IsExported() {
				fill(g, v.Field(i), depth)
			}
		}
	default:
		if v.CanInt() {
			most := int64(math.MaxInt64) >> (64 - t.Bits())
			v.SetInt(integer(g, -most-1, most))
		} else {
			v.SetUint(integer(g, 0, uint64(math.MaxUint64)>>(64-t.Bits())))
		}
	}
	g.src.end()
}
