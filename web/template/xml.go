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
	err := error(nil)
	for b.err == nil {
		ev, ok, perr := p.Next()
		if !ok {
			if err = perr; err == nil {
				err = p.Close()
			}
			break
		}
		pos := Position{name, ev.Line, ev.Col}
		switch ev.Kind {
		case xmlpush.StartElement:
			b.xmlStart(pos, ev)
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

// xmlStart begins an element.
func (b *builder) xmlStart(pos Position, ev xmlpush.Event) {
	var attrs []Attr
	declared := []Attr{}
	render := ""
	for _, a := range ev.Attr {
		name := a.Name.String()
		switch isNS := a.Name.Prefix == "xmlns" || name == "xmlns"; {
		case isNS && ours(a.Value):
		case isNS:
			declared = append(declared, Attr{name, literal(a.Value)})
		case ours(a.Name.Space) && a.Name.Local == "render":
			render = a.Value
		case ours(a.Name.Space):
			b.fail(pos, "unknown directive "+name)
		default:
			attrs = append(attrs, Attr{name, literal(a.Value)})
		}
	}
	if ours(ev.Name.Space) {
		b.start(pos, "", ev.Name.Local, true, attrs, render)
		b.open[len(b.open)-1].declared = declared
		return
	}
	for i := len(b.open) - 1; i >= 0 && b.open[i].declared != nil; i-- {
		for _, d := range b.open[i].declared {
			if !has(declared, d.Name) {
				declared = append(declared, d)
			}
		}
	}
	b.start(pos, "", ev.Name.String(), false, append(attrs, declared...), render)
}
