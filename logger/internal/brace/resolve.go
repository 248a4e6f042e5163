// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
)

// A Lookup finds the value of a name.
type Lookup func(name string) (slog.Value, bool)

// Resolve finds the value of a field's name: the first part by look, the others in what the one before is. A panic in what it calls is an error.
func (f Field) Resolve(look Lookup) (v slog.Value, err error) {
	defer catch(&err)
	name, rest := splitStep(f.Name)
	base, calls := trimCalls(name)
	v, ok := look(base)
	if !ok {
		return v, fmt.Errorf("there is no field %q", base)
	}
	v = v.Resolve()
	for {
		for range calls {
			if v, err = call(v); err != nil {
				return v, fmt.Errorf("field %q: %w", f.Name, err)
			}
		}
		if rest == "" {
			return v, nil
		}
		var index bool
		if name, index, rest, err = nextStep(rest); err != nil {
			return v, fmt.Errorf("field %q: %w", f.Name, err)
		}
		if !index {
			name, calls = trimCalls(name)
		} else {
			calls = 0
			for strings.HasPrefix(rest, "()") {
				calls, rest = calls+1, rest[2:]
			}
		}
		v, ok = step(v, name, index)
		if !ok {
			return v, fmt.Errorf("field %q: there is no %q", f.Name, name)
		}
		v = v.Resolve()
	}
}

func catch(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("panic: %v", r)
	}
}

func splitStep(s string) (first, rest string) {
	if i := strings.IndexAny(s, ".["); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

func trimCalls(name string) (base string, calls int) {
	for strings.HasSuffix(name, "()") {
		name, calls = name[:len(name)-2], calls+1
	}
	return name, calls
}

// nextStep takes ".name" or "[key]" from the front.
func nextStep(s string) (name string, index bool, rest string, err error) {
	switch s[0] {
	case '.':
		if name, rest = splitStep(s[1:]); name == "" {
			err = errors.New("an empty name")
		}
		return name, false, rest, err
	case '[':
		name, rest, found := strings.Cut(s[1:], "]")
		if !found || name == "" {
			return "", true, "", errors.New("a bad index")
		}
		return name, true, rest, nil
	}
	return "", false, "", fmt.Errorf("%q behind an index", s)
}

// step goes from a value to one of its parts.
func step(v slog.Value, name string, index bool) (slog.Value, bool) {
	if v.Kind() == slog.KindGroup {
		return LookupAttr(v.Group(), name)
	}
	if as, ok := v.Any().([]slog.Attr); ok {
		return LookupAttr(as, name)
	}
	rv := reflect.ValueOf(v.Any())
	if !rv.IsValid() {
		return v, false
	}
	if !index {
		if m := rv.MethodByName(name); m.IsValid() {
			return slog.AnyValue(m.Interface()), true
		}
	}
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	switch rv.Kind() {
	case reflect.Struct:
		if sf, ok := rv.Type().FieldByName(name); ok && sf.IsExported() {
			return slog.AnyValue(rv.FieldByIndex(sf.Index).Interface()), true
		}
	case reflect.Map:
		return mapMember(rv, name)
	case reflect.Slice, reflect.Array:
		if i, err := strconv.Atoi(name); err == nil && index && i >= 0 && i < rv.Len() {
			return slog.AnyValue(rv.Index(i).Interface()), true
		}
	default:
		if name == "real" && !index && (rv.CanInt() || rv.CanUint() || rv.CanFloat()) {
			return v, true // as every number of Python has it
		}
	}
	return v, false
}

// mapMember finds a member of a map whose keys are strings or integers.
func mapMember(m reflect.Value, name string) (slog.Value, bool) {
	kt := m.Type().Key()
	keys := []any{name}
	if n, err := strconv.Atoi(name); err == nil {
		keys = []any{n, name}
	}
	for _, k := range keys {
		kv := reflect.ValueOf(k)
		sameKind := kv.Kind() == reflect.String && kt.Kind() == reflect.String || kv.Kind() == reflect.Int && kt.ConvertibleTo(kv.Type()) && kt.Kind() != reflect.String
		switch {
		case kv.Type().AssignableTo(kt):
		case sameKind && kv.CanConvert(kt):
			kv = kv.Convert(kt)
		default:
			continue
		}
		if e := m.MapIndex(kv); e.IsValid() {
			return slog.AnyValue(e.Interface()), true
		}
	}
	return slog.Value{}, false
}

// LookupAttr finds the last attribute with the name, as a later argument stands for an earlier one.
func LookupAttr(as []slog.Attr, name string) (slog.Value, bool) {
	for i := len(as) - 1; i >= 0; i-- {
		if as[i].Key == name {
			return as[i].Value, true
		}
	}
	return slog.Value{}, false
}

// Finder returns LookupAttr of as, made for so many calls: a hostile file has many fields in a format, and many to look through for each.
func Finder(as []slog.Attr, calls int) Lookup {
	if len(as) <= 32 || calls <= 32 {
		return func(name string) (slog.Value, bool) { return LookupAttr(as, name) }
	}
	last := make(map[string]int, len(as))
	for i := range as {
		last[as[i].Key] = i
	}
	return func(name string) (slog.Value, bool) {
		if i, ok := last[name]; ok {
			return as[i].Value, true
		}
		return slog.Value{}, false
	}
}

// call calls a function without arguments that returns a value, or a value and an error.
func call(v slog.Value) (slog.Value, error) {
	f := reflect.ValueOf(v.Any())
	if f.Kind() != reflect.Func || f.IsNil() || f.Type().NumIn() != 0 || f.Type().NumOut() < 1 || f.Type().NumOut() > 2 {
		return v, errors.New("what has parentheses is no function of no arguments with a result")
	}
	out := f.Call(nil)
	if len(out) == 2 {
		if err, ok := out[1].Interface().(error); ok {
			return v, err
		}
	}
	return slog.AnyValue(out[0].Interface()).Resolve(), nil
}
