// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

import "strings"

// A Field is one header line: its name as it was sent, and its value without white space around it.
type Field struct{ Name, Value string }

// Lines are header lines as they were sent, each with its CRLF, that were checked to be well-formed. They are taken apart when they are asked for: most are never.
type Lines string

// Cut returns the first field and what follows it. l must not be empty.
func (l Lines) Cut() (Field, Lines) {
	s := string(l)
	colon := strings.IndexByte(s, ':')
	end := colon + strings.IndexByte(s[colon:], '\r')
	return Field{s[:colon], Trim(s[colon+1 : end])}, l[end+2:]
}

// Get returns the first value of the field, and whether there is one.
func (l Lines) Get(name string) (string, bool) {
	n := len(name)
	for len(l) > n {
		if l[n] == ':' && EqualFold(string(l[:n]), name) && strings.IndexByte(name, ':') < 0 {
			f, _ := l.Cut()
			return f.Value, true
		}
		l = l[strings.IndexByte(string(l), '\n')+1:]
	}
	return "", false
}

// Len returns the number of fields.
func (l Lines) Len() int { return strings.Count(string(l), "\n") }

// Append appends the fields to dst.
func (l Lines) Append(dst []Field) []Field {
	for l != "" {
		var f Field
		f, l = l.Cut()
		dst = append(dst, f)
	}
	return dst
}
