// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// Args are the arguments of a description, with its type removed, as a parser of one type takes them. A parser says in which order the arguments may be
// positional, takes each by its name, and asks once, by Err, if all went well:
//
//	func parse(r endpoint.Reactor, a *endpoint.Args) (endpoint.Server, error) {
//		a.Order("port", "interface")
//		a.Require("port")
//		s := demo{port: a.Int("port", 0), iface: a.Text("interface", "")}
//		return s, a.Err()
//	}
//
// The first error is kept. An argument that is given but never taken is an error too. Args is used by one goroutine.
type Args struct {
	text   string
	fields []Field // without the type
	pos    []Field // not yet named
	kw     map[string]Field
	taken  map[string]bool
	err    error
	typ    Field
	reg    *Registry
	depth  int // how many descriptions this one is nested in
}

// newArgs returns the arguments in fields of which the first positional one is the type.
func newArgs(text string, fields []Field, reg *Registry) *Args {
	a := &Args{text: text, kw: map[string]Field{}, taken: map[string]bool{}, reg: reg, typ: Field{Offset: len(text)}}
	typed := false
	for _, f := range fields {
		switch {
		case f.HasKey:
			a.kw[f.Key] = f
		case !typed:
			a.typ, typed = f, true
			continue
		default:
			a.pos = append(a.pos, f)
		}
		a.fields = append(a.fields, f)
	}
	return a
}

// Type returns the type of the endpoint as it was written.
func (a *Args) Type() string { return a.typ.Value }

// Positional returns the values of the positional arguments that no name was given to, in order.
func (a *Args) Positional() []string {
	out := make([]string, len(a.pos))
	for i, f := range a.pos {
		out[i] = f.Value
	}
	return out
}

// Keyword returns the value given as key=value.
func (a *Args) Keyword(key string) (string, bool) {
	f, ok := a.kw[key]
	return f.Value, ok
}

// Order names the positional arguments. More positional arguments than names, and one that is also given by name, are errors.
func (a *Args) Order(names ...string) {
	if len(a.pos) > len(names) {
		a.fail(a.pos[len(names)].Offset, "", fmt.Sprintf("too many positional arguments: %q", a.pos[len(names)].Value), nil)
		return
	}
	for i, f := range a.pos {
		if _, twice := a.kw[names[i]]; twice {
			a.fail(f.Offset, names[i], "given twice", nil)
			return
		}
		a.kw[names[i]] = f
	}
	a.pos = nil
}

// take returns the field of an argument and marks it as known.
func (a *Args) take(name string) (Field, bool) {
	a.taken[name] = true
	f, ok := a.kw[name]
	return f, ok && a.err == nil
}

// Has reports whether the argument is given, by position or by name, without taking it.
func (a *Args) Has(name string) bool {
	_, ok := a.kw[name]
	return ok
}

// Require makes it an error that one of the named arguments is not given.
func (a *Args) Require(names ...string) {
	var missing []string
	for _, name := range names {
		if !a.Has(name) {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		a.fail(len(a.text), strings.Join(missing, ", "), "missing argument", nil)
	}
}

// Text returns an argument as it is.
func (a *Args) Text(name, def string) string {
	if f, ok := a.take(name); ok {
		return f.Value
	}
	return def
}

// Int returns an argument that is a decimal integer, with an optional sign and blanks around it.
func (a *Args) Int(name string, def int) int {
	f, ok := a.take(name)
	if !ok {
		return def
	}
	n, err := strconv.Atoi(strings.TrimSpace(f.Value))
	if err != nil {
		a.fail(f.Offset, name, fmt.Sprintf("not a decimal integer: %q", f.Value), nil)
	}
	return n
}

// Flag returns an argument that is an integer and means true when it is not 0.
func (a *Args) Flag(name string, def bool) bool {
	n := 0
	if def {
		n = 1
	}
	return a.Int(name, n) != 0
}

// Bool returns an argument that is one of "yes", "no", "true", "false", "1" and "0".
func (a *Args) Bool(name string, def bool) bool {
	f, ok := a.take(name)
	if !ok {
		return def
	}
	switch f.Value {
	case "yes", "true", "1":
		return true
	case "no", "false", "0":
		return false
	}
	a.fail(f.Offset, name, fmt.Sprintf("neither yes nor no: %q", f.Value), nil)
	return def
}

// Octal returns an argument that is an octal integer, with or without the prefix 0o.
func (a *Args) Octal(name string, def int) int {
	f, ok := a.take(name)
	if !ok {
		return def
	}
	s := strings.ToLower(strings.TrimSpace(f.Value))
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0o"), 8, 31)
	if err != nil {
		a.fail(f.Offset, name, fmt.Sprintf("not an octal integer: %q", f.Value), nil)
	}
	return int(n)
}

// Fail records that the argument called name is wrong, for a parser that looks closer than Args does. cause may be nil.
func (a *Args) Fail(name, reason string, cause error) {
	off := len(a.text)
	if f, ok := a.kw[name]; ok {
		off = f.Offset
	}
	a.fail(off, name, reason, cause)
}

func (a *Args) fail(offset int, name, reason string, cause error) {
	if a.err == nil {
		a.err = &Error{Text: a.text, Offset: offset, Field: name, Reason: reason, Err: cause}
	}
}

// Err returns the first error, or an error for the first argument that was given and not taken, or nil.
func (a *Args) Err() error {
	if a.err != nil {
		return a.err
	}
	for _, f := range a.fields {
		if f.HasKey && !a.taken[f.Key] {
			a.fail(f.Offset, "", fmt.Sprintf("unknown keyword: %q", f.Key), nil)
			return a.err
		}
	}
	if len(a.pos) > 0 {
		a.fail(a.pos[0].Offset, "", fmt.Sprintf("too many positional arguments: %q", a.pos[0].Value), nil)
	}
	return a.err
}

// inner returns the arguments of the description that the positional arguments, of which the first is the type, and the keywords not in own make up.
func (a *Args) inner(own ...string) *Args {
	fields := slices.DeleteFunc(slices.Clone(a.fields), func(f Field) bool { return f.HasKey && slices.Contains(own, f.Key) })
	in := newArgs(a.text, fields, a.reg)
	in.depth = a.depth + 1
	return in
}

func (a *Args) unknownType() error {
	return &Error{Text: a.text, Offset: a.typ.Offset, Reason: fmt.Sprintf("unknown endpoint type %q", a.typ.Value), class: ErrUnknownType}
}

// asError gives an error of a third party's parser the form of all others.
func (a *Args) asError(err error) error {
	if e, ok := err.(*Error); ok {
		return e
	}
	return &Error{Text: a.text, Offset: a.typ.Offset, Err: err}
}

// logger returns the logger for warnings.
func (a *Args) logger(r Reactor) *slog.Logger { return loggerOf(a.reg.Logger, r) }
