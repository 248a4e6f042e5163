// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"net/url"
	"strings"
)

// target returns the path for the upstream: base, then the segments, percent-encoded again, and the query as it was. It reports false for segments that lead out of base: "."
// and "..", also between slashes that were encoded, since the upstream might decode them first.
func target(base string, segments []string, query string) (string, bool) {
	var b strings.Builder
	b.Grow(len(base) + len(query) + 64)
	b.WriteString(strings.TrimSuffix(base, "/"))
	for _, s := range segments {
		if dots(s) {
			return "", false
		}
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	if b.Len() == 0 {
		b.WriteByte('/')
	}
	if query != "" {
		b.WriteByte('?')
		b.WriteString(query)
	}
	return b.String(), true
}

// dots reports whether a part of s is "." or "..".
func dots(s string) bool {
	if s == "" || strings.IndexByte(s, '.') < 0 {
		return false
	}
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// front returns the path of the proxy itself, without a slash at its end.
func front(prePath []string) string {
	var b strings.Builder
	for _, s := range prePath {
		if s != "" {
			b.WriteByte('/')
			b.WriteString(url.PathEscape(s))
		}
	}
	return b.String()
}
