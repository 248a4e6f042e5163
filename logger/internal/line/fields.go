// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package line

import (
	"log/slog"

	"github.com/torsion-go/torsion/logger/internal/brace"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// maxDepth bounds how deep groups are followed: a LogValuer may return a group that holds itself.
const maxDepth = 16

// maxKey bounds a key, in octets.
const maxKey = 1024

// Walk calls f for each field with its text, those of groups with the groups' names and sep before their own, until f returns false. Empty attributes are passed over, groups without a name are
// inlined.
func Walk(fields []slog.Attr, sep string, f func(key, value string) bool) {
	walk(fields, "", sep, f, 0)
}

func walk(fields []slog.Attr, prefix, sep string, f func(key, value string) bool, depth int) bool {
	for _, a := range fields {
		v := a.Value.Resolve()
		switch {
		case v.Kind() == slog.KindGroup && depth < maxDepth:
			inner := prefix
			if a.Key != "" {
				inner = text.Clip(prefix+a.Key, maxKey) + sep
			}
			if !walk(v.Group(), inner, sep, f, depth+1) {
				return false
			}
		case a.Key == "" && v.Kind() == slog.KindAny && v.Any() == nil:
		case !f(prefix+text.Clip(a.Key, maxKey), Value(v)):
			return false
		}
	}
	return true
}

// Value returns a field's text, at most text.Max octets; if a method of the value panics, "!" and why.
func Value(v slog.Value) string {
	if v.Kind() == slog.KindString {
		return text.Clip(v.String(), text.Max)
	}
	var buf [64]byte
	b, err := brace.Append(buf[:0], v, 's', "")
	if err != nil {
		return text.Clip("!"+err.Error(), text.Max)
	}
	return string(text.Cut(b, 0))
}
