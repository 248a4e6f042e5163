// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rpc

import (
	"reflect"
	"time"
)

// WithSystem returns s with the procedures system.listMethods, system.methodHelp and system.methodSignature, which tell of all that are in it, and with those of extra. Twisted: addIntrospection.
func WithSystem(s Source, separator string, extra Methods) Source {
	sys := &withSystem{Source: s, system: Methods{}}
	for name, v := range extra {
		sys.system[name] = v
	}
	sys.system["system.listMethods"] = Method{
		Func: func() []string { return List(sys, separator) },
		Help: "Returns the names of all methods.",
	}
	sys.system["system.methodHelp"] = Method{
		Func: func(name string) (string, error) {
			p, err := Find(sys, name, separator)
			if err != nil {
				return "", err
			}
			return p.method.Help, nil
		},
		Help: "Returns what the method of the given name does.",
	}
	sys.system["system.methodSignature"] = Method{
		Func: func(name string) (any, error) {
			p, err := Find(sys, name, separator)
			if err != nil {
				return nil, err
			}
			if s := p.Signatures(); s != nil {
				return s, nil
			}
			return "undef", nil
		},
		Help:       "Returns the types of the result and of the parameters of the method of the given name, for each way to call it, or \"undef\".",
		Signatures: [][]string{{"array", "string"}, {"string", "string"}},
	}
	return sys
}

type withSystem struct {
	Source
	system Methods
}

func (s *withSystem) Lookup(name string) any {
	if v := s.system[name]; v != nil {
		return v
	}
	return s.Source.Lookup(name)
}

func (s *withSystem) Names() []string { return append(s.Source.Names(), s.system.Names()...) }

// Help returns the help of its Method.
func (p *Procedure) Help() string { return p.method.Help }

// Signatures returns those of its Method, or what its type says, or nil if that does not say enough: a parameter is of any type, or there may be any number of them.
func (p *Procedure) Signatures() [][]string {
	if p.method.Signatures != nil {
		return p.method.Signatures
	}
	if p.variadic {
		return nil
	}
	result := "nil"
	if p.out != nil {
		result = typeName(p.out)
	}
	signature := []string{result}
	for _, in := range p.in {
		signature = append(signature, typeName(in))
	}
	for _, name := range signature {
		if name == "" {
			return nil
		}
	}
	return [][]string{signature}
}

// typeName returns XML-RPC's name of the type, or "" if there is none.
func typeName(t reflect.Type) string {
	if t.Implements(forkerType) {
		peek, ok := t.MethodByName("Wait") // its first result is what the Deferred holds
		if !ok {
			return ""
		}
		return typeName(peek.Type.Out(0))
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "int"
	case reflect.Float32, reflect.Float64:
		return "double"
	case reflect.String:
		return "string"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "base64"
		}
		return "array"
	case reflect.Map, reflect.Struct:
		switch {
		case t == reflect.TypeFor[time.Time]():
			return "dateTime.iso8601"
		case t.Kind() == reflect.Struct && t.NumField() == 0:
			return "nil"
		}
		return "struct"
	}
	return ""
}
