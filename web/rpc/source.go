// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rpc

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A Source finds what stands for a name. Lookup returns a function, a [Method], another Source, or nil if there is nothing of that name. Names tells the names, of Sources too. Twisted: lookupProcedure,
// listProcedures, getSubHandler.
type Source interface {
	Lookup(name string) any
	Names() []string
}

// Methods is a Source: functions, Methods and other Sources by name. Immutable after start. Twisted: xmlrpc_*, putSubHandler.
type Methods map[string]any

// Lookup returns the value of that name.
func (m Methods) Lookup(name string) any { return m[name] }

// Names returns the names, sorted.
func (m Methods) Names() []string { return slices.Sorted(maps.Keys(m)) }

// A Method is a function with what introspection tells of it.
type Method struct {
	Func any
	Help string // what it does, for people
	// Signatures lists, for each way to call it, the type of the result and those of the parameters, by XML-RPC's names. nil means that they are made of the function's type.
	Signatures [][]string
}

// Prefixed returns the exported methods of v whose names begin with prefix, by the rest of their names: with prefix "RPC_" the method RPC_add stands for add. Twisted: xmlrpc_*.
func Prefixed(v any, prefix string) Methods {
	m := make(Methods)
	value := reflect.ValueOf(v)
	for i := range value.NumMethod() {
		if name, ok := strings.CutPrefix(value.Type().Method(i).Name, prefix); ok && name != "" {
			m[name] = value.Method(i).Interface()
		}
	}
	return m
}

// ErrNotFound is returned for names that nothing stands for.
var ErrNotFound = errors.New("rpc: no such method")

// maxDepth bounds how many Sources a name leads through.
const maxDepth = 16

// Find returns what name stands for in s. The whole name is looked up first, then what is before the first separator, in whose Source the rest is found in the same way. The error is ErrNotFound, or
// tells what is wrong with what was found.
func Find(s Source, name, separator string) (*Procedure, error) {
	for range maxDepth {
		if v := s.Lookup(name); v != nil {
			if _, isSource := v.(Source); isSource {
				break
			}
			return newProcedure(v)
		}
		first, rest, ok := strings.Cut(name, separator)
		if !ok {
			break
		}
		if s, ok = s.Lookup(first).(Source); !ok {
			break
		}
		name = rest
	}
	return nil, ErrNotFound
}

// List returns the full names of all procedures, sorted.
func List(s Source, separator string) []string {
	names := list(nil, s, "", separator, maxDepth)
	slices.Sort(names)
	return slices.Compact(names)
}

func list(names []string, s Source, prefix, separator string, depth int) []string {
	for _, name := range s.Names() {
		sub, ok := s.Lookup(name).(Source)
		switch {
		case !ok:
			names = append(names, prefix+name)
		case depth > 1:
			names = list(names, sub, prefix+name+separator, separator, depth-1)
		}
	}
	return names
}

// Check returns an error for what s lists and cannot be called.
func Check(s Source, separator string) error {
	var wrong []error
	for _, name := range List(s, separator) {
		if _, err := Find(s, name, separator); err != nil {
			wrong = append(wrong, fmt.Errorf("rpc: method %q: %w", name, err))
		}
	}
	return errors.Join(wrong...)
}
