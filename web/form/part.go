// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"mime"
	"strings"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Part is what the header of one part of a multipart form tells.
type Part struct {
	Name     string     // of the field
	File     bool       // it is a file: it has a file name, if only an empty one
	FileName string     // the last element of the path that the client sent, "" if there is none
	Type     string     // Content-Type as the client says, "" if it does not
	Header   web.Header // all of it
}

func parsePart(header string) (*Part, error) {
	p := new(Part)
	for line := range strings.SplitSeq(header, "\r\n") {
		name, value, ok := fieldOf(line)
		if !ok {
			return nil, malformed("the header of a part")
		}
		p.Header.Add(name, value)
	}
	n := 0
	for v := range p.Header.Values("Content-Disposition") {
		if n++; n > 1 || !p.disposition(v) {
			return nil, malformed("the Content-Disposition of a part")
		}
	}
	if n == 0 {
		return nil, malformed("a part has no Content-Disposition")
	}
	p.Type = p.Header.Get("Content-Type")
	if t, _, _ := strings.Cut(p.Type, "/"); h1.EqualFold(t, "multipart") {
		return nil, malformed("a part has parts of its own")
	}
	switch strings.ToLower(p.Header.Get("Content-Transfer-Encoding")) {
	case "", "7bit", "8bit", "binary":
	default:
		return nil, malformed("a part is encoded")
	}
	return p, nil
}

// disposition reads Content-Disposition and reports whether it names a field.
func (p *Part) disposition(v string) bool {
	kind, rest, _ := strings.Cut(v, ";")
	if !h1.EqualFold(h1.Trim(kind), "form-data") {
		return false
	}
	named := false
	for {
		rest = strings.TrimLeft(rest, " \t;")
		if rest == "" {
			return named
		}
		key, after, ok := strings.Cut(rest, "=")
		if key = h1.Trim(key); !ok || !h1.IsToken(key) {
			return false
		}
		var value string
		if value, rest, ok = paramValue(strings.TrimLeft(after, " \t")); !ok {
			return false
		}
		switch strings.ToLower(key) {
		case "name":
			if named {
				return false
			}
			named, p.Name = true, value
		case "filename":
			if p.File {
				return false
			}
			p.File, p.FileName = true, baseName(value)
		}
	}
}

// paramValue takes a token or a quoted string off the front of s. In the latter a backslash quotes a quote or a backslash and stands for itself elsewhere, as in the
// paths of old browsers; %22 is a quote, as browsers send it.
func paramValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, "\"") {
		end := strings.IndexByte(s, ';')
		if end < 0 {
			end = len(s)
		}
		value = h1.Trim(s[:end])
		return value, s[end:], h1.IsToken(value)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			rest = strings.TrimLeft(s[i+1:], " \t")
			return strings.ReplaceAll(b.String(), "%22", "\""), rest, rest == "" || rest[0] == ';'
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// baseName returns the last element of a path of any system.
func baseName(path string) string {
	name := path[strings.LastIndexAny(path, "/\\")+1:]
	if name == "." || name == ".." {
		return ""
	}
	return name
}

// boundaryOf returns the kind of a form by its Content-Type, and its boundary.
func boundaryOf(contentType string) (multipart bool, boundary string, err error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil && kind != "application/x-www-form-urlencoded" {
		if strings.HasPrefix(strings.ToLower(contentType), "multipart/form-data") {
			return false, "", malformed("its Content-Type")
		}
		kind = ""
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		return false, "", nil
	case "multipart/form-data":
		if !validBoundary(params["boundary"]) {
			return true, "", malformed("its boundary")
		}
		return true, params["boundary"], nil
	}
	return false, "", &web.StatusError{Status: 415, Detail: "The body is no form."}
}
