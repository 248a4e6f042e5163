// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package format

import (
	"log/slog"
	"strconv"
	"strings"
	"unicode"

	"github.com/torsion-go/torsion/logger/internal/brace"
)

// pairs calls pair for each field, down into groups.
func pairs(as []slog.Attr, prefix string, pair func(key, value string)) {
	for _, a := range as {
		v := a.Value.Resolve()
		if v.Kind() == slog.KindGroup {
			pairs(v.Group(), prefix+a.Key+".", pair)
			continue
		}
		text, err := brace.Append(nil, v, 's', "")
		if err != nil {
			text = append([]byte("!"), err.Error()...)
		}
		pair(prefix+a.Key, string(text))
	}
}

func logfmtKey(r rune) rune {
	if r <= ' ' || r == '=' || r == '"' || !unicode.IsPrint(r) {
		return '_'
	}
	return r
}

// appendLogfmt quotes a value where it has to.
func appendLogfmt(dst []byte, s string) []byte {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r == '=' || r == '"' || r == '\\' || !unicode.IsPrint(r) || r == unicode.ReplacementChar
	})
	if plain {
		return append(dst, s...)
	}
	return strconv.AppendQuote(dst, s)
}
