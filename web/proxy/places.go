// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"strings"

	"github.com/torsion-go/torsion/web/internal/h1"
)

// rewriting changes what a response says of places: the upstream's names for them into those that the client knows.
type rewriting struct {
	authority string // that the upstream was asked by
	base      string // of the upstream's paths, without a slash at the end
	front     string // what stands for it, likewise
	locations bool
	cookies   bool
}

// field returns f as the client is to see it.
func (w *rewriting) field(f h1.Field) h1.Field {
	switch len(f.Name) {
	case 8:
		if w.locations && h1.EqualFold(f.Name, "Location") {
			f.Value = w.location(f.Value)
		}
	case 10:
		if w.cookies && h1.EqualFold(f.Name, "Set-Cookie") {
			f.Value = w.cookie(f.Value)
		}
	case 16:
		if w.locations && h1.EqualFold(f.Name, "Content-Location") {
			f.Value = w.location(f.Value)
		}
	}
	return f
}

// location maps a URL of the upstream to a path of the front, and leaves others as they are. A path that does not lie below base cannot be reached through the proxy.
func (w *rewriting) location(v string) string {
	path := v
	if scheme, rest, ok := strings.Cut(v, "://"); ok && (h1.EqualFold(scheme, "http") || h1.EqualFold(scheme, "https")) {
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if !h1.EqualFold(rest[:end], w.authority) {
			return v
		}
		if path = rest[end:]; path == "" || path[0] != '/' {
			path = "/" + path
		}
	} else if !strings.HasPrefix(v, "/") || strings.HasPrefix(v, "//") {
		return v
	}
	below, ok := w.below(path)
	if !ok {
		return v
	}
	return safeFirst(w.front + below)
}

// safeFirst keeps a path from being taken for another host's name: browsers read // and /\ so.
func safeFirst(p string) string {
	if len(p) > 1 && (p[1] == '/' || p[1] == '\\') {
		return "/" + strings.TrimLeft(p, `/\`)
	}
	return p
}

// below returns what follows base in path.
func (w *rewriting) below(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, w.base)
	if !ok || rest != "" && rest[0] != '/' && rest[0] != '?' && rest[0] != '#' {
		return "", false
	}
	if rest == "" && w.front == "" {
		rest = "/"
	}
	return rest, true
}

// cookie maps Path, and leaves Domain out: a cookie without one is for the host that the client asked.
func (w *rewriting) cookie(v string) string {
	parts := strings.Split(v, ";")
	kept := parts[:1]
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		switch name = h1.Trim(name); {
		case h1.EqualFold(name, "Domain"):
			continue
		case h1.EqualFold(name, "Path"):
			if below, ok := w.below(h1.Trim(value)); ok {
				p := w.front + below
				if p == "" {
					p = "/"
				}
				part = " Path=" + p
			} else if h1.Trim(value) == "/" {
				part = " Path=" + w.front + "/"
			}
		}
		kept = append(kept, part)
	}
	return strings.Join(kept, ";")
}
