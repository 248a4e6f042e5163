// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"log/slog"
	"strconv"
	"unicode/utf8"
)

// Max is how long a text may become, in bytes: what goes beyond is cut, and the cut is marked.
const Max = 64 << 10

const cutMark = "... (cut)"

// Cut shortens a text to at most Max bytes, at the border of a character.
func Cut(dst []byte, from int) []byte {
	if len(dst)-from <= Max {
		return dst
	}
	end := from + Max - len(cutMark)
	for end > from && !utf8.RuneStart(dst[end]) {
		end--
	}
	return append(dst[:end], cutMark...)
}

// AppendFormat appends format with its fields filled in from look, at most Max bytes of it.
func AppendFormat(dst []byte, format string, look Lookup) (_ []byte, err error) {
	return appendFormat(dst, format, look, 0)
}

func appendFormat(dst []byte, format string, look Lookup, depth int) ([]byte, error) {
	from := len(dst)
	s := Scan(format)
	for {
		literal, f, hasField, ok, err := s.Next()
		if err != nil {
			return dst[:from], err
		}
		if !ok {
			return Cut(dst, from), nil
		}
		dst = append(dst, literal...)
		if hasField {
			if dst, err = appendField(dst, f, look, depth); err != nil {
				return dst[:from], err
			}
		}
		if len(dst)-from > Max {
			return Cut(dst, from), nil
		}
	}
}

func appendField(dst []byte, f Field, look Lookup, depth int) (out []byte, err error) {
	out = dst
	defer catch(&err)
	v, err := f.Resolve(look)
	if err != nil {
		return dst, err
	}
	spec := f.Spec
	if depth == 0 && spec != "" {
		b, err := appendFormat(nil, spec, look, depth+1) // a specification may have fields of its own
		if err != nil {
			return dst, err
		}
		spec = string(b)
	}
	return Append(dst, v, f.Conv, spec)
}

// Append appends a value by a conversion, 0 for none, and a format specification, "" for none.
func Append(dst []byte, v slog.Value, conv byte, spec string) (out []byte, err error) {
	out = dst
	defer catch(&err)
	switch conv {
	case 'r', 'a':
		if spec == "" && conv == 'r' {
			return AppendRepr(dst, v), nil
		}
		text := string(AppendRepr(nil, v))
		if conv == 'a' {
			quoted := strconv.QuoteToASCII(text)
			if v.Kind() == slog.KindString {
				quoted = strconv.QuoteToASCII(v.String())
			}
			text = quoted
		}
		v = slog.StringValue(text)
	case 's':
		if spec != "" {
			v = slog.StringValue(string(AppendText(nil, v)))
		}
	}
	if spec == "" {
		return AppendText(dst, v), nil
	}
	return appendSpec(dst, v, spec)
}
