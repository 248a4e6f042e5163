// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package brace formats strings with fields in braces, as Python's str.format does with names: "{who}", "{n:05d}", "{o!r}", "{a.b[k]}", and "{f()}", which calls.
package brace

import (
	"errors"
	"fmt"
	"strings"
)

// A Field is what stands between two braces.
type Field struct {
	Name string // as written, up to "!" or ":"
	Conv byte   // 'r', 's', 'a', or 0
	Spec string // behind the ":"
}

// A Scanner takes a format apart from left to right.
type Scanner struct{ rest string }

// Scan returns a Scanner of format.
func Scan(format string) Scanner { return Scanner{format} }

var (
	errOpen   = errors.New("single '{' in the format")
	errClose  = errors.New("single '}' in the format")
	errEnd    = errors.New("expected '}' before the end of the format")
	errNoName = errors.New("a field without a name")
)

// Next returns the next literal text, perhaps empty, and the field behind it, if there is one. At the end ok is false.
func (s *Scanner) Next() (literal string, f Field, hasField, ok bool, err error) {
	if s.rest == "" {
		return "", Field{}, false, false, nil
	}
	i := strings.IndexAny(s.rest, "{}")
	if i < 0 {
		literal, s.rest = s.rest, ""
		return literal, Field{}, false, true, nil
	}
	doubled := i+1 < len(s.rest) && s.rest[i+1] == s.rest[i]
	if doubled {
		literal, s.rest = s.rest[:i+1], s.rest[i+2:]
		return literal, Field{}, false, true, nil
	}
	if s.rest[i] == '}' {
		return "", Field{}, false, false, errClose
	}
	literal = s.rest[:i]
	end, err := closing(s.rest[i+1:])
	if err != nil {
		return "", Field{}, false, false, err
	}
	f, err = ParseField(s.rest[i+1 : i+1+end])
	s.rest = s.rest[i+end+2:]
	return literal, f, true, err == nil, err
}

// closing returns where the brace is that ends a field.
func closing(s string) (int, error) {
	if s == "" {
		return 0, errOpen
	}
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i, nil
			}
		}
	}
	return 0, errEnd
}

// ParseField takes the text of a field apart. A "!" or ":" within brackets belongs to the name.
func ParseField(s string) (Field, error) {
	end, inside := len(s), false
scan:
	for i := range len(s) {
		switch c := s[i]; {
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case !inside && (c == '!' || c == ':'):
			end = i
			break scan
		}
	}
	f := Field{Name: s[:end]}
	if f.Name == "" {
		return f, errNoName
	}
	rest := s[end:]
	if strings.HasPrefix(rest, "!") {
		if len(rest) < 2 || len(rest) > 2 && rest[2] != ':' {
			return f, fmt.Errorf("field %q: expected one letter between '!' and ':'", f.Name)
		}
		f.Conv = rest[1]
		if !strings.ContainsRune("rsa", rune(f.Conv)) {
			return f, fmt.Errorf("field %q: unknown conversion %q", f.Name, f.Conv)
		}
		rest = rest[2:]
	}
	f.Spec = strings.TrimPrefix(rest, ":")
	return f, nil
}
