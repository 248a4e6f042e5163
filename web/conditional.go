// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"strings"
	"time"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Validator tells which version of a resource would be sent (RFC 9110 section 8.8). Either field may be missing.
type Validator struct {
	ETag     string    // with its quotes, and W/ before them if it is weak; see [ETag]
	Modified time.Time // to the second
}

// ETag returns a strong entity tag whose opaque part is s without the characters that may not stand there.
func ETag(s string) string {
	return `"` + strings.Map(func(c rune) rune {
		if c <= ' ' || c == '"' || c >= 0x7f {
			return -1
		}
		return c
	}, s) + `"`
}

// Conditional sets ETag and Last-Modified from v and evaluates the request's conditions in the order of RFC 9110 section 13.2.2. When it returns true the response is
// made: 304 or 412. Twisted: setETag, setLastModified.
func (r *Request) Conditional(v Validator) bool {
	if v.ETag != "" {
		r.header.Set("ETag", v.ETag)
	}
	if !v.Modified.IsZero() {
		r.header.Set("Last-Modified", string(h1.AppendDate(nil, v.Modified)))
	}
	switch v.evaluate(r) {
	case 304:
		r.SetStatus(304)
		r.dropGathered()
		r.header.Del("Content-Type")
		r.header.Del("Content-Length")
		return true
	case 412:
		r.Error(412, "")
		return true
	}
	return false
}

func (v Validator) evaluate(r *Request) int {
	safe := r.Method == "GET" || r.Method == "HEAD"
	h := &r.Header
	if h.Has("If-Match") {
		if !v.matches(h, "If-Match", true) {
			return 412
		}
	} else if t, err := h1.ParseDate(h.Get("If-Unmodified-Since")); err == nil && !v.Modified.IsZero() {
		if v.Modified.Truncate(time.Second).After(t) {
			return 412
		}
	}
	if h.Has("If-None-Match") {
		if v.matches(h, "If-None-Match", false) {
			if safe {
				return 304
			}
			return 412
		}
	} else if safe && !v.Modified.IsZero() {
		if t, err := h1.ParseDate(h.Get("If-Modified-Since")); err == nil && !v.Modified.Truncate(time.Second).After(t) {
			return 304
		}
	}
	return 0
}

// RangeApplies reports whether a Range header is to be honoured: there is no If-Range, or it names this version (RFC 9110 section 13.1.5).
func (r *Request) RangeApplies(v Validator) bool {
	cond := r.Header.Get("If-Range")
	switch {
	case cond == "":
		return true
	case strings.HasPrefix(cond, `"`):
		return cond == v.ETag
	}
	t, err := h1.ParseDate(cond)
	return err == nil && !v.Modified.IsZero() && v.Modified.Truncate(time.Second).Equal(t)
}

// matches reports whether the lists of tags in the fields with that name hold v's, by the strong or the weak comparison of RFC 9110 section 8.8.3.2.
func (v Validator) matches(h *Header, name string, strong bool) bool {
	for list := range h.Values(name) {
		for list != "" {
			list = strings.TrimLeft(list, " \t,")
			if strings.HasPrefix(list, "*") {
				return true
			}
			tag, rest, ok := cutTag(list)
			if !ok {
				break // nothing behind a malformed tag can be trusted
			}
			list = rest
			if v.ETag == "" || strong && (tag[0] == 'W' || v.ETag[0] == 'W') {
				continue
			}
			if strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(v.ETag, "W/") {
				return true
			}
		}
	}
	return false
}

// cutTag takes an entity tag off the front of s.
func cutTag(s string) (tag, rest string, ok bool) {
	start := 0
	if strings.HasPrefix(s, "W/") {
		start = 2
	}
	if start >= len(s) || s[start] != '"' {
		return "", "", false
	}
	end := strings.IndexByte(s[start+1:], '"')
	if end < 0 {
		return "", "", false
	}
	end += start + 2
	return s[:end], s[end:], true
}
