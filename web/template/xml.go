// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"errors"

	"github.com/torsion-go/torsion/web/internal/xmlpush"
)

// maxTemplate bounds a tag or a piece of text in a template, in bytes.
const maxTemplate = 16 << 20

// ParseXML parses a template in XML; name stands for it in errors. There are no entities but those of XML, nothing external is read, and a document type with declarations is
// refused. The error is a *[ParseError].
func ParseXML(name string, src []byte) (*Document, error) {
	b := &builder{name: name}
	p := xmlpush.Parser{Limits: xmlpush.Limits{Token: maxTemplate, Depth: 1000, Attrs: 1000}}
	p.Feed(src)
	// An element gets the namespaces that it declares, and those that a directive around it does, which is left out.
	var pending []Attr
	err := error(nil)
	for b.err == nil {
		ev, ok, perr := p.Next()
		if !ok {
			if err = perr; err == nil {
				p.Feed([]byte("\n")) // a piece of text ends with the input
				err = p.Close()
			}
			break
		}
		pos := Position{name, ev.Line, ev.Col}
		switch ev.Kind {
		case xmlpush.StartElement:
			pending = b.xmlStart(pos, ev, pending)
		case xmlpush.EndElement:
			b.end()
		case xmlpush.Text:
			b.add(literal(ev.Data))
		case xmlpush.CDATA:
			b.add(CDATA{Data: ev.Data, literal: true})
		case xmlpush.Comment:
			b.add(Comment{Data: ev.Data, literal: true})
		}
	}
	var syntax *xmlpush.SyntaxError
	switch {
	case b.err != nil:
		return nil, b.err
	case errors.As(err, &syntax):
		return nil, &ParseError{Position{name, syntax.Line, syntax.Col}, syntax.Msg}
	case err != nil:
		return nil, err
	}
	return &Document{b.top}, nil
}

func ours(space string) bool { return space == Namespace || space == ShortNamespace }

// xmlStart begins an element. declared are declarations of namespaces that stand on directives around it; those that have found no element yet are returned.
func (b *builder) xmlStart(pos Position, ev xmlpush.Event, declared []Attr) []Attr {
	var attrs []Attr
	render := ""
	for _, a := range ev.Attr {
		switch {
		case ours(a.Name.Space) && a.Name.Local == "render":
			render = a.Value
		case ours(a.Name.Space):
			b.fail(pos, "unknown directive "+a.Name.String())
		case (a.Name.Prefix == "xmlns" || a.Name.String() == "xmlns") && ours(a.Value):
		case a.Name.Prefix == "xmlns" || a.Name.String() == "xmlns":
			declared = append(declared[:len(declared):len(declared)], Attr{a.Name.String(), literal(a.Value)})
		default:
			attrs = append(attrs, Attr{a.Name.String(), literal(a.Value)})
		}
	}
	if ours(ev.Name.Space) {
		if ev.Name.Local != "attr" && ev.Name.Local != "slot" {
			b.start(pos, "", ev.Name.Local, true, nil, render)
			return declared
		}
		b.start(pos, "", ev.Name.Local, true, attrs, render)
		return declared
	}
	b.start(pos, "", ev.Name.String(), false, append(attrs, declared...), render)
	return nil
}
