// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"fmt"
	"iter"
	"slices"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Header is an ordered multimap of header fields whose names do not mind case. The zero Header is empty. A copy of one that was changed shares its fields. Loop only.
//
// Names that are set are brought into their usual form: Content-Type, ETag. A name that is not a token, or a value with a control character in it (CR, LF and NUL above all), is never stored: the header becomes unusable, Err tells why,
// and the response that it belongs to is replaced by a 500. So text from a client cannot split a response. Twisted: http_headers.Headers.
type Header struct {
	lines h1.Lines // what was received, in place of set until something is changed
	set   *fieldSet
}

// fieldSet is what a Header holds when it is not as it was received.
type fieldSet struct {
	fields []h1.Field
	bad    *badField // what was refused first
}

// A badField is a field that was refused. It has no value: that may be a secret, and what is here stands in errors and logs.
type badField struct {
	name string
	why  string
}

// own returns set, with all that is in the header.
func (h *Header) own() *fieldSet {
	if h.set == nil {
		h.set = new(fieldSet)
	}
	if h.lines != "" {
		h.set.fields, h.lines = h.lines.Append(make([]h1.Field, 0, h.lines.Len()+1)), ""
	}
	return h.set
}

func (h *Header) fields() []h1.Field {
	if h.set == nil {
		return nil
	}
	return h.set.fields
}

func (h *Header) bad() bool { return h.set != nil && h.set.bad != nil }

// Get returns the first value of the field, or "".
func (h *Header) Get(name string) string {
	if h.lines != "" {
		v, _ := h.lines.Get(name)
		return v
	}
	if i := h.index(name); i >= 0 {
		return h.set.fields[i].Value
	}
	return ""
}

// Has reports whether the field is there, if only with an empty value.
func (h *Header) Has(name string) bool {
	if h.lines != "" {
		_, ok := h.lines.Get(name)
		return ok
	}
	return h.index(name) >= 0
}

func (h *Header) index(name string) int {
	for i, f := range h.fields() {
		if len(f.Name) == len(name) && h1.EqualFold(f.Name, name) {
			return i
		}
	}
	return -1
}

// Values yields the values of the field in their order.
func (h *Header) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k, v := range h.All() {
			if h1.EqualFold(k, name) && !yield(v) {
				return
			}
		}
	}
}

// Tokens yields the elements of all values of the field, read as comma-separated lists (RFC 9110 section 5.6.1). Quoted strings with commas are not understood.
func (h *Header) Tokens(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for v := range h.Values(name) {
			more := true
			h1.Tokens(v, func(t string) bool { more = yield(t); return more })
			if !more {
				return
			}
		}
	}
}

// All yields names and values in their order.
func (h *Header) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for lines := h.lines; lines != ""; {
			var f h1.Field
			if f, lines = lines.Cut(); !yield(f.Name, f.Value) {
				return
			}
			if lines == "" {
				return // the header may have been changed meanwhile: not its fields too
			}
		}
		for _, f := range h.fields() {
			if !yield(f.Name, f.Value) {
				return
			}
		}
	}
}

// Len returns the number of fields.
func (h *Header) Len() int { return len(h.fields()) + h.lines.Len() }

// Set replaces all values of the field by one.
func (h *Header) Set(name, value string) {
	if !h.check(name, value) {
		return
	}
	name = canonical(name)
	own, i := h.own(), h.index(name)
	f := h1.Field{Name: name, Value: value}
	if i < 0 {
		own.fields = append(own.fields, f)
		return
	}
	rest := own.fields[i+1:]
	own.fields = own.fields[:i+1]
	own.fields[i] = f
	for _, f := range rest {
		if !h1.EqualFold(f.Name, name) {
			own.fields = append(own.fields, f)
		}
	}
}

// Add adds a value and keeps those that are there.
func (h *Header) Add(name, value string) {
	if h.check(name, value) {
		own := h.own()
		own.fields = append(own.fields, h1.Field{Name: canonical(name), Value: value})
	}
}

// Del removes all values of the field.
func (h *Header) Del(name string) {
	if !h.Has(name) {
		return
	}
	own := h.own()
	own.fields = slices.DeleteFunc(own.fields, func(f h1.Field) bool { return h1.EqualFold(f.Name, name) })
}

// Err returns why the header cannot be sent, or nil: the first name that was refused, or the name of the first value. It does not tell the value, which may be a secret.
func (h *Header) Err() error {
	if !h.bad() {
		return nil
	}
	return fmt.Errorf("web: header %.100q: %s", h.set.bad.name, h.set.bad.why)
}

func (h *Header) check(name, value string) bool {
	if (usual(name) || h1.IsToken(name)) && h1.IsFieldValue(value) {
		return true
	}
	if own := h.own(); own.bad == nil {
		own.bad = &badField{name, "the value has a control character in it"}
		if !usual(name) && !h1.IsToken(name) {
			own.bad.why = "the name is no token"
		}
	}
	return false
}
