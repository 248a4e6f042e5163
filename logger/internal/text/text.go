// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package text turns events and values into text, for the sinks: messages, values, escapes, bounds.
//
// # Concurrency
//
// Everything is safe from any goroutine.
package text

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/torsion-go/torsion/logger"
)

// MaxEvent bounds what one event becomes in a file, in octets.
const MaxEvent = 64 << 10

// Message returns the text of the event: its Format with the fields filled in. A field that is missing stays as it was written.
func Message(e *logger.Event) string {
	if strings.IndexByte(e.Format, '{') < 0 && strings.IndexByte(e.Format, '}') < 0 {
		return e.Format
	}
	var b []byte
	for lit, name := range Parts(e.Format) {
		b = append(b, lit...)
		if name == "" {
			continue
		}
		if v, ok := lookup(e.Fields, fieldName(name)); ok {
			b = AppendValue(b, v)
		} else {
			b = append(append(append(b, '{'), name...), '}')
		}
	}
	return string(b)
}

// Escape returns s as a Format that stands for itself.
func Escape(s string) string {
	if strings.IndexByte(s, '{') < 0 && strings.IndexByte(s, '}') < 0 {
		return s
	}
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(s)
}

// Parts splits a format in its literal texts, with doubled braces made one, and what stands in braces behind each, "" if nothing does.
func Parts(format string) func(yield func(lit, name string) bool) {
	return func(yield func(lit, name string) bool) {
		for format != "" {
			i := strings.IndexAny(format, "{}")
			if i < 0 {
				yield(format, "")
				return
			}
			rest := format[i+1:]
			if strings.HasPrefix(rest, format[i:i+1]) || format[i] == '}' {
				if !yield(format[:i+1], "") {
					return
				}
				format = strings.TrimPrefix(rest, format[i:i+1])
				continue
			}
			end := strings.IndexByte(rest, '}')
			if end <= 0 {
				if !yield(format[:i+1], "") {
					return
				}
				format = rest
				continue
			}
			if !yield(format[:i], rest[:end]) {
				return
			}
			format = rest[end+1:]
		}
	}
}

// Named tells whether the format names the field key, so that the message shows it.
func Named(format, key string) bool {
	if strings.IndexByte(format, '{') < 0 {
		return false
	}
	for _, name := range Parts(format) {
		if name = fieldName(name); name == key || strings.HasPrefix(name, key+".") || strings.HasPrefix(name, key+"[") {
			return true
		}
	}
	return false
}

// fieldName strips a conversion, a format specification and a call from what stands in braces.
func fieldName(s string) string {
	if i := strings.IndexAny(s, "!:"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, "()")
}

// lookup finds a field by its name, which may lead into groups: "a.b".
func lookup(fields []slog.Attr, name string) (slog.Value, bool) {
	for _, a := range fields {
		if a.Key == name {
			return a.Value, true
		}
		if rest, ok := strings.CutPrefix(name, a.Key+"."); ok {
			if v := a.Value.Resolve(); v.Kind() == slog.KindGroup {
				if v, ok := lookup(v.Group(), rest); ok {
					return v, true
				}
			}
		}
	}
	return slog.Value{}, false
}

// AppendValue appends v as text: as it is, without quotes or escapes.
func AppendValue(b []byte, v slog.Value) []byte {
	v = v.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return append(b, v.String()...)
	case slog.KindTime:
		return v.Time().AppendFormat(b, time.RFC3339Nano)
	case slog.KindGroup:
		b = append(b, '{')
		for i, a := range v.Group() {
			if i > 0 {
				b = append(b, ' ')
			}
			b = AppendValue(append(append(b, a.Key...), '='), a.Value)
		}
		return append(b, '}')
	case slog.KindAny:
		if p, ok := v.Any().([]byte); ok {
			return append(b, p...)
		}
		return fmt.Appendf(b, "%+v", plain{v.Any()})
	default:
		return append(b, v.String()...)
	}
}

// plain formats an error by its message alone, and everything else as fmt does with %+v; fmt catches what panics.
type plain struct{ v any }

func (p plain) Format(s fmt.State, verb rune) {
	switch v := p.v.(type) {
	case error, fmt.Stringer:
		fmt.Fprintf(s, "%v", v)
	default:
		fmt.Fprintf(s, "%+v", v)
	}
}

// Stack returns the stack that err offers, or "": by a method Traceback() string, or by what %+v prints behind the message.
func Stack(err error) (stack string) {
	if err == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			stack = "" // a method of the error panicked
		}
	}()
	var t interface{ Traceback() string }
	if errors.As(err, &t) {
		s := t.Traceback()
		if e, ok := t.(error); ok {
			s = strings.TrimPrefix(s, e.Error())
		}
		return strings.Trim(s, "\n")
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if _, ok := e.(fmt.Formatter); ok {
			rest, _ := strings.CutPrefix(fmt.Sprintf("%+v", e), e.Error())
			return strings.Trim(rest, "\n")
		}
	}
	return ""
}
