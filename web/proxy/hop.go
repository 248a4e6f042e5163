// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"slices"
	"strings"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A hop is what belongs to one connection only: the fields that h1.Framed names and those of this list, and what a Connection field names (RFC 9110 section 7.6.1).
type hop struct{ named []string }

// hopOf returns what may not be handed on of a header.
func hopOf(connection func(yield func(string) bool)) hop {
	var h hop
	for t := range connection {
		if !h1.EqualFold(t, "close") && !h1.EqualFold(t, "keep-alive") && !slices.ContainsFunc(h.named, func(s string) bool { return h1.EqualFold(s, t) }) {
			h.named = append(h.named, t)
		}
	}
	return h
}

// drops reports whether a field stays behind. Proxy is dropped too: CGI programs would take it for a setting of their own (httpoxy).
func (h *hop) drops(name string) bool {
	switch len(name) {
	case 5:
		if h1.EqualFold(name, "Proxy") {
			return true
		}
	case 18:
		if h1.EqualFold(name, "Proxy-Authenticate") {
			return true
		}
	case 19:
		if h1.EqualFold(name, "Proxy-Authorization") {
			return true
		}
	}
	if h1.Framed(name) {
		return true
	}
	for _, n := range h.named {
		if h1.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// tokens yields the elements of all values of a field of a response.
func tokens(l h1.Lines, name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for l != "" {
			var f h1.Field
			if f, l = l.Cut(); !h1.EqualFold(f.Name, name) {
				continue
			}
			more := true
			h1.Tokens(f.Value, func(t string) bool { more = yield(t); return more })
			if !more {
				return
			}
		}
	}
}

// carried is what is gathered of a request's header while it is copied: fields that are sent once, put together.
type carried struct {
	via, cookie, xfor, xproto, xhost, forwarded string
}

func join(list, value, sep string) string {
	if list == "" {
		return value
	}
	return list + sep + value
}

// take keeps f if it is one of them.
func (c *carried) take(f h1.Field) bool {
	switch len(f.Name) {
	case 3:
		if h1.EqualFold(f.Name, "Via") {
			c.via = join(c.via, f.Value, ", ")
			return true
		}
	case 6:
		if h1.EqualFold(f.Name, "Cookie") { // HTTP/2 may send it in crumbs (RFC 9113 section 8.2.3)
			c.cookie = join(c.cookie, f.Value, "; ")
			return true
		}
		return h1.EqualFold(f.Name, "Expect")
	case 9:
		if h1.EqualFold(f.Name, "Forwarded") {
			c.forwarded = join(c.forwarded, f.Value, ", ")
			return true
		}
	case 15:
		if sameName(f.Name, "X-Forwarded-For") {
			c.xfor = joinSame(c.xfor, f, "X-Forwarded-For")
			return true
		}
	case 16:
		if sameName(f.Name, "X-Forwarded-Host") {
			c.xhost = joinSame(c.xhost, f, "X-Forwarded-Host")
			return true
		}
	case 17:
		if sameName(f.Name, "X-Forwarded-Proto") {
			c.xproto = joinSame(c.xproto, f, "X-Forwarded-Proto")
			return true
		}
	}
	return false
}

// sameName compares as programs do that take underscores for hyphens, so that X_Forwarded_For cannot be slipped past the one of the proxy.
func sameName(name, want string) bool {
	return h1.EqualFold(name, want) || strings.IndexByte(name, '_') >= 0 && h1.EqualFold(strings.ReplaceAll(name, "_", "-"), want)
}

func joinSame(list string, f h1.Field, want string) string {
	if !h1.EqualFold(f.Name, want) {
		return list // dropped
	}
	return join(list, f.Value, ", ")
}

// copyFields appends what may be handed on of r's header, and gathers the rest.
func copyFields(dst []h1.Field, r *web.Request, c *carried) []h1.Field {
	h := hopOf(r.Header.Tokens("Connection"))
	for name, value := range r.Header.All() {
		f := h1.Field{Name: name, Value: value}
		if len(name) == 7 && h1.EqualFold(name, "Trailer") || !h.drops(name) && !c.take(f) { // Trailer: HTTP/2 sends it, and HTTP/1.1 leaves it out
			dst = append(dst, f)
		}
	}
	if c.cookie != "" {
		dst = append(dst, h1.Field{Name: "Cookie", Value: c.cookie})
	}
	return dst
}

// viaLoops reports whether a Via tells that the message has been here: pseudonym is the name of this proxy.
func viaLoops(via, pseudonym string) bool {
	found := false
	h1.Tokens(via, func(t string) bool {
		_, by, _ := strings.Cut(t, " ")
		by, _, _ = strings.Cut(strings.TrimLeft(by, " "), " ")
		found = h1.EqualFold(by, pseudonym)
		return !found
	})
	return found
}

// appendVia returns via with this proxy behind it.
func appendVia(via, proto, pseudonym string) string {
	return join(via, strings.TrimPrefix(proto, "HTTP/")+" "+pseudonym, ", ")
}
