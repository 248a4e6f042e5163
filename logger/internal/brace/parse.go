// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"fmt"
	"hash/maphash"
	"log/slog"
	"strings"
	"sync/atomic"
)

// A Format is a format that was taken apart. It does not change.
type Format struct {
	Parts    []Part
	Err      error // what is wrong behind the Parts, or nil
	SameKeys bool  // two fields have the same TextKey

	text  string
	names map[string]bool // what Names tells, of many parts; else nil
}

// A Part is a literal text, perhaps empty, and the field behind it, if there is one.
type Part struct {
	Literal  string
	HasField bool
	Field    Field
	TextKey  string // of the field's text when it is flattened: see Keys
	ValueKey string // of its value

	base string  // the name of the event's field that is meant
	nest *Format // of the specification, if it has fields of its own
}

// cached formats, by their hash: a slot holds the last one that was parsed. That bounds them.
var (
	cached [512]atomic.Pointer[Format]
	seed   = maphash.MakeSeed()
)

// maxCached is how long a cached format may be, in octets.
const maxCached = 1024

// Parse takes a format apart, or remembers how it did before.
func Parse(format string) *Format {
	if len(format) > maxCached {
		return parse(format, 0)
	}
	slot := &cached[maphash.String(seed, format)%uint64(len(cached))]
	if f := slot.Load(); f != nil && f.text == format {
		return f
	}
	f := parse(strings.Clone(format), 0) // which may be a part of something large
	slot.Store(f)
	return f
}

func parse(format string, depth int) *Format {
	f := &Format{text: format}
	var keys Keys
	seen := map[string]bool{}
	s := Scan(format)
	literal := ""
	for {
		next, field, hasField, ok, err := s.Next()
		if err != nil {
			f.Err = err
			return f
		}
		literal += next
		if hasField {
			p := Part{Literal: literal, HasField: true, Field: field}
			p.TextKey, p.ValueKey = keys.Key(field, field.FlatConv()), keys.Key(field, "")
			first, _ := splitStep(field.Name)
			p.base, _ = trimCalls(first)
			if depth == 0 && strings.ContainsAny(field.Spec, "{}") {
				p.nest = parse(field.Spec, 1)
			}
			f.SameKeys = f.SameKeys || seen[p.TextKey]
			seen[p.TextKey] = true
			f.Parts = append(f.Parts, p)
			literal = ""
		}
		if !ok {
			f.index()
			if literal != "" {
				f.Parts = append(f.Parts, Part{Literal: literal})
			}
			return f
		}
	}
}

// Resolve finds the value of the part's field.
func (p *Part) Resolve(look Lookup) (v slog.Value, err error) {
	if p.base != p.Field.Name {
		return p.Field.Resolve(look)
	}
	v, ok := look(p.base)
	if !ok {
		return v, fmt.Errorf("there is no field %q", p.base)
	}
	return v.Resolve(), nil
}

// Names reports whether the text shows the field with this key.
func (f *Format) Names(key string) bool {
	if f.names != nil {
		return f.names[key]
	}
	for i := range f.Parts {
		p := &f.Parts[i]
		if p.HasField && (p.base == key || p.nest != nil && p.nest.Names(key)) {
			return true
		}
	}
	return false
}

// index makes names for a format with many parts.
func (f *Format) index() {
	if len(f.Parts) <= 16 {
		return
	}
	f.names = map[string]bool{}
	for i := range f.Parts {
		f.names[f.Parts[i].base] = true
		if nest := f.Parts[i].nest; nest != nil {
			for j := range nest.Parts {
				f.names[nest.Parts[j].base] = true
			}
		}
	}
}

// Quote returns s as a format that stands for itself.
func Quote(s string) string {
	if strings.IndexByte(s, '{') < 0 && strings.IndexByte(s, '}') < 0 {
		return s
	}
	return quoter.Replace(s)
}

var quoter = strings.NewReplacer("{", "{{", "}", "}}")
