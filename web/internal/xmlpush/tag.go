// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlpush

import (
	"strings"
	"unicode/utf8"
)

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// tag makes the event of a tag, s without its final >.
func (p *Parser) tag(ev Event, s string, n int) (Event, int, state) {
	if !p.valid(s) {
		return ev, 0, starved
	}
	if strings.HasPrefix(s, "</") {
		p.endTag(&ev, strings.TrimRight(s[2:], " \t\r\n"))
		return ev, n, p.unless()
	}
	s, empty := strings.CutSuffix(s[1:], "/")
	i := strings.IndexAny(s, " \t\r\n")
	if i < 0 {
		i = len(s)
	}
	ev.Kind = StartElement
	raw := s[:i]
	switch {
	case !isName(raw):
		p.fail("malformed tag")
	case len(p.open) == 0 && p.rooted:
		p.fail("a second root element")
	case len(p.open) >= p.Limits.Depth:
		p.fail("elements are nested too deeply")
	}
	ev.Attr = p.attrs(s[i:])
	el := element{spaces: p.declared(ev.Attr)}
	p.open, p.rooted = append(p.open, el), true
	ev.Name = p.resolve(raw, true)
	p.open[len(p.open)-1].name = ev.Name
	for i := range ev.Attr {
		a := &ev.Attr[i]
		a.Name = p.resolve(a.Name.Local, false)
		for _, b := range ev.Attr[:i] {
			if b.Name.Local == a.Name.Local && b.Name.Space == a.Name.Space {
				p.fail("attribute " + a.Name.String() + " stands twice")
			}
		}
	}
	if empty && p.err == nil {
		end := Event{Kind: EndElement, Name: ev.Name, Line: ev.Line, Col: ev.Col}
		p.pending = &end
		p.open = p.open[:len(p.open)-1]
	}
	return ev, n, p.unless()
}

func (p *Parser) endTag(ev *Event, name string) {
	ev.Kind = EndElement
	if len(p.open) == 0 {
		p.fail("</" + name + "> without a beginning")
		return
	}
	last := p.open[len(p.open)-1]
	if last.name.String() != name {
		p.fail("</" + name + "> where </" + last.name.String() + "> belongs")
		return
	}
	ev.Name = last.name
	p.open = p.open[:len(p.open)-1]
}

// attrs parses the attributes; their names are not resolved yet.
func (p *Parser) attrs(s string) []Attr {
	var all []Attr
	for p.err == nil {
		t := strings.TrimLeft(s, " \t\r\n")
		if t == "" {
			return all
		}
		name, rest, ok := strings.Cut(t, "=")
		name = strings.TrimRight(name, " \t\r\n")
		rest = strings.TrimLeft(rest, " \t\r\n")
		if !ok || len(t) == len(s) || !isName(name) || rest == "" || rest[0] != '"' && rest[0] != '\'' {
			p.fail("malformed attribute")
			break
		}
		value, after, ok := strings.Cut(rest[1:], rest[:1])
		if !ok || strings.Contains(value, "<") {
			p.fail("malformed value of attribute " + name)
			break
		}
		if len(all) == p.Limits.Attrs {
			p.fail("too many attributes")
			break
		}
		all = append(all, Attr{Name{Local: name}, p.references(spaces.Replace(newlines(value)))})
		s = after
	}
	return nil
}

var spaces = strings.NewReplacer("\n", " ", "\t", " ")

// declared returns the namespaces that the attributes declare.
func (p *Parser) declared(attrs []Attr) map[string]string {
	var m map[string]string
	for _, a := range attrs {
		prefix, ok := strings.CutPrefix(a.Name.Local, "xmlns")
		if !ok || prefix != "" && prefix[0] != ':' {
			continue
		}
		prefix = strings.TrimPrefix(prefix, ":")
		if prefix == "xmlns" || a.Value == xmlnsSpace || (prefix == "xml") != (a.Value == xmlSpace) || prefix != "" && a.Value == "" {
			p.fail("malformed declaration of a namespace")
		}
		if m == nil {
			m = make(map[string]string)
		}
		m[prefix] = a.Value
	}
	return m
}

// resolve finds the namespace of a name. Attributes without a prefix have none.
func (p *Parser) resolve(raw string, isElement bool) Name {
	prefix, local, ok := strings.Cut(raw, ":")
	if !ok {
		prefix, local = "", raw
	}
	n := Name{Prefix: prefix, Local: local}
	switch {
	case ok && (prefix == "" || !isName(local) || strings.Contains(local, ":")):
		p.fail("malformed name " + raw)
	case prefix == "xml":
		n.Space = xmlSpace
	case prefix == "xmlns", !isElement && raw == "xmlns":
		n.Space = xmlnsSpace
	case prefix == "" && !isElement:
	default:
		for i := len(p.open) - 1; i >= 0; i-- {
			if space, ok := p.open[i].spaces[prefix]; ok {
				n.Space = space
				return n
			}
		}
		if prefix != "" {
			p.fail("undeclared prefix " + prefix)
		}
	}
	return n
}

// isName reports whether s is a Name of XML.
func isName(s string) bool {
	for i, r := range s {
		switch {
		case r == '_' || r == ':' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
		case i > 0 && (r == '-' || r == '.' || '0' <= r && r <= '9' || r == 0xb7 || 0x300 <= r && r <= 0x36f || r == 0x203f || r == 0x2040):
		case 0xc0 <= r && r <= 0x2ff && r != 0xd7 && r != 0xf7, 0x370 <= r && r <= 0x1fff && r != 0x37e, r == 0x200c, r == 0x200d, 0x2070 <= r && r <= 0x218f,
			0x2c00 <= r && r <= 0x2fef, 0x3001 <= r && r <= 0xd7ff, 0xf900 <= r && r <= 0xfdcf, 0xfdf0 <= r && r <= 0xfffc, 0x10000 <= r && r <= 0xeffff:
		default:
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}
