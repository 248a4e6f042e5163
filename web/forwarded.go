// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"slices"
	"strings"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// forwarded parses the Forwarded fields (RFC 7239 section 4) and returns their elements, the last proxy's first. ok is false if any of it is malformed: then nobody can
// tell where an element of ours begins.
func forwarded(h *Header) (hops []hop, ok bool) {
	for s := range h.Values("Forwarded") {
		for {
			var e hop
			if e, s, ok = forwardedElement(s); !ok {
				return nil, false
			}
			hops = append(hops, e)
			if s == "" {
				break
			}
			s = s[1:] // the comma
		}
	}
	slices.Reverse(hops)
	return hops, true
}

// forwardedElement takes an element off the front of s, up to a comma.
func forwardedElement(s string) (e hop, rest string, ok bool) {
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] == ',' {
			return e, s, true
		}
		if s[0] == ';' {
			s = s[1:]
			continue
		}
		name, after, found := strings.Cut(s, "=")
		if !found || !h1.IsToken(name) {
			return e, "", false
		}
		var value string
		if value, s, ok = forwardedValue(after); !ok {
			return e, "", false
		}
		switch strings.ToLower(name) {
		case "for":
			e.from = value
		case "proto":
			e.proto = strings.ToLower(value)
		case "host":
			e.host = value
		}
		if s = strings.TrimLeft(s, " \t"); s != "" && s[0] != ';' && s[0] != ',' {
			return e, "", false
		}
	}
}

// forwardedValue takes a token or a quoted string off the front of s. Colons and brackets are let pass without quotes, as widely sent.
func forwardedValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, "\"") {
		end := strings.IndexAny(s, ";, \t\"")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], end > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}
