// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"log/slog"
	"strconv"

	"github.com/torsion-go/torsion/logger/internal/text"
)

// AppendFormat appends format with its fields filled in from look, at most text.Max octets of it.
func AppendFormat(dst []byte, format string, look Lookup) (_ []byte, err error) {
	return appendFormat(dst, Parse(format), look)
}

func appendFormat(dst []byte, f *Format, look Lookup) ([]byte, error) {
	if f.Err != nil {
		return dst, f.Err
	}
	from := len(dst)
	for i := range f.Parts {
		p := &f.Parts[i]
		dst = append(dst, p.Literal...)
		if p.HasField {
			var err error
			if dst, err = p.append(dst, look); err != nil {
				return dst[:from], err
			}
		}
		if len(dst)-from > text.Max {
			return text.Cut(dst, from), nil
		}
	}
	return dst, nil
}

// append appends the part's field.
func (p *Part) append(dst []byte, look Lookup) (out []byte, err error) {
	v, err := p.Resolve(look)
	if err != nil {
		return dst, err
	}
	spec := p.Field.Spec
	if p.nest != nil {
		b, err := appendFormat(nil, p.nest, look) // a specification may have fields of its own
		if err != nil {
			return dst, err
		}
		spec = string(b)
	}
	return Append(dst, v, p.Field.Conv, spec)
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
		repr := string(AppendRepr(nil, v))
		if conv == 'a' {
			quoted := strconv.QuoteToASCII(repr)
			if v.Kind() == slog.KindString {
				quoted = strconv.QuoteToASCII(v.String())
			}
			repr = quoted
		}
		v = slog.StringValue(repr)
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
