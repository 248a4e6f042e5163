// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlrpc

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// arguments are the parameters of a call.
type arguments []any

// Len returns their number.
func (a arguments) Len() int { return len(a) }

// Scan reads one of them.
func (a arguments) Scan(i int, into reflect.Value) error { return assign(into, a[i]) }

// assign sets into to v, as a decoder makes them, in into's type.
func assign(into reflect.Value, v any) error {
	t := into.Type()
	switch {
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		if v != nil {
			into.Set(reflect.ValueOf(v))
		}
		return nil
	case t.Kind() == reflect.Pointer:
		if v == nil {
			return nil
		}
		p := reflect.New(t.Elem())
		if err := assign(p.Elem(), v); err != nil {
			return err
		}
		into.Set(p)
		return nil
	case v != nil && reflect.TypeOf(v) == t:
		into.Set(reflect.ValueOf(v))
		return nil
	}
	switch v := v.(type) {
	case bool:
		if t.Kind() == reflect.Bool {
			into.SetBool(v)
			return nil
		}
	case string:
		if t.Kind() == reflect.String {
			into.SetString(v)
			return nil
		}
	case float64:
		if into.CanFloat() && !into.OverflowFloat(v) {
			into.SetFloat(v)
			return nil
		}
	case int64:
		switch {
		case into.CanInt() && !into.OverflowInt(v):
			into.SetInt(v)
			return nil
		case into.CanUint() && v >= 0 && !into.OverflowUint(uint64(v)):
			into.SetUint(uint64(v))
			return nil
		case into.CanFloat():
			into.SetFloat(float64(v))
			return nil
		case into.CanInt() || into.CanUint():
			return fmt.Errorf("%d does not fit into %v", v, t)
		}
	case []byte:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			into.SetBytes(v)
			return nil
		}
	case []any:
		if t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 {
			return assignList(into, v)
		}
	case map[string]any:
		switch {
		case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
			return assignMap(into, v)
		case t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]():
			return assignStruct(into, v)
		}
	}
	return fmt.Errorf("%s instead of %v", kindOf(v), t)
}

func assignList(into reflect.Value, list []any) error {
	s := reflect.MakeSlice(into.Type(), len(list), len(list))
	for i, e := range list {
		if err := assign(s.Index(i), e); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	into.Set(s)
	return nil
}

func assignMap(into reflect.Value, members map[string]any) error {
	t := into.Type()
	m := reflect.MakeMapWithSize(t, len(members))
	for name, v := range members {
		e := reflect.New(t.Elem()).Elem()
		if err := assign(e, v); err != nil {
			return fmt.Errorf("member %q: %w", name, err)
		}
		m.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), e)
	}
	into.Set(m)
	return nil
}

// assignStruct sets the fields that have members; members without a field are passed over, as encoding/json does.
func assignStruct(into reflect.Value, members map[string]any) error {
	for _, f := range fieldsOf(into.Type()) {
		v, ok := members[f.name]
		if !ok {
			continue
		}
		if err := assign(into.Field(f.index), v); err != nil {
			return fmt.Errorf("member %q: %w", f.name, err)
		}
	}
	return nil
}

// A field is one of a struct that has a member.
type field struct {
	name      string
	index     int
	omitEmpty bool
}

// fieldsOf returns the exported fields by their names for encoding/json.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" && options == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields = append(fields, field{name, i, strings.Contains(options, "omitempty")})
	}
	return fields
}

// kindOf names v as XML-RPC does.
func kindOf(v any) string {
	switch v.(type) {
	case bool:
		return "boolean"
	case int64:
		return "int"
	case float64:
		return "double"
	case string:
		return "string"
	case []byte:
		return "base64"
	case time.Time:
		return "dateTime.iso8601"
	case []any:
		return "array"
	case map[string]any:
		return "struct"
	}
	return "nil"
}
