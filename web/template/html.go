// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// ParseHTML parses a template in HTML; name stands for it in errors. Directives have the prefix t, which needs no declaration: t:render, <t:slot name="x">, <t:attr name="x">,
// <t:transparent>. HTML knows no empty-element tags but the void elements, so these directives are an exception: <t:slot name="x"/> is empty. End tags that HTML lets an
// author leave out, of li, dt, dd, p, option, tr, td and the like, may be missing; other elements have to be closed. The document type is left to the [Page]. The error is a *[ParseError].
func ParseHTML(name string, src []byte) (*Document, error) {
	b := &builder{name: name}
	z := html.NewTokenizer(bytes.NewReader(src))
	z.SetMaxBuf(maxTemplate)
	pos := Position{name, 1, 1}
	for b.err == nil {
		kind := z.Next()
		at := pos
		for _, c := range z.Raw() {
			if c == '\n' {
				pos.Line, pos.Col = pos.Line+1, 1
			} else {
				pos.Col++
			}
		}
		switch kind {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return nil, &ParseError{at, err.Error()}
			}
			for len(b.open) > 0 && b.err == nil {
				if last := b.open[len(b.open)-1]; !mayStayOpen(last.name) {
					b.fail(last.tag.Pos, "<"+last.name+"> is not closed")
				}
				b.end()
			}
			if b.err != nil {
				return nil, b.err
			}
			return &Document{b.top}, nil
		case html.TextToken:
			b.add(literal(z.Token().Data))
		case html.CommentToken:
			b.add(Comment{Data: z.Token().Data, literal: true})
		case html.StartTagToken, html.SelfClosingTagToken:
			b.htmlStart(at, z.Token())
		case html.EndTagToken:
			b.htmlEnd(at, z.Token().Data)
		}
	}
	return nil, b.err
}

func (b *builder) htmlStart(pos Position, tok html.Token) {
	for len(b.open) > 0 && ends(b.open[len(b.open)-1].name, tok.Data) {
		b.end()
	}
	var attrs []Attr
	render := ""
	for _, a := range tok.Attr {
		switch {
		case a.Key == "t:render":
			render = a.Val
		case strings.HasPrefix(a.Key, "t:"):
			b.fail(pos, "unknown directive "+a.Key)
		case a.Key == "xmlns:t" && ours(a.Val):
		case has(attrs, a.Key): // the first counts, as in browsers
		default:
			attrs = append(attrs, Attr{a.Key, literal(a.Val)})
		}
	}
	directive, isDirective := strings.CutPrefix(tok.Data, "t:")
	b.start(pos, tok.Data, directive, isDirective, attrs, render)
	if isVoid(tok.Data) || tok.Type == html.SelfClosingTagToken && (isDirective || b.foreign()) {
		b.end()
	}
}

// foreign reports whether the innermost element is SVG or MathML, where empty-element tags are what they look like.
func (b *builder) foreign() bool {
	for _, o := range b.open {
		if o.name == "svg" || o.name == "math" {
			return true
		}
	}
	return false
}

func has(attrs []Attr, name string) bool {
	for _, a := range attrs {
		if a.Name == name {
			return true
		}
	}
	return false
}

func (b *builder) htmlEnd(pos Position, name string) {
	if isVoid(name) {
		return
	}
	for len(b.open) > 0 {
		last := b.open[len(b.open)-1].name
		if last == name {
			b.end()
			return
		}
		if !mayStayOpen(last) {
			b.fail(pos, "</"+name+"> where </"+last+"> belongs")
			return
		}
		b.end()
	}
	b.fail(pos, "</"+name+"> without a beginning")
}

// mayStayOpen reports whether the end tag of an element may be left out before the end of its parent.
func mayStayOpen(name string) bool {
	switch name {
	case "li", "dt", "dd", "p", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "rt", "rp", "html", "body", "colgroup":
		return true
	}
	return false
}

// ends reports whether the start of an element next ends the element open.
func ends(open, next string) bool {
	switch open {
	case "li":
		return next == "li"
	case "dt", "dd":
		return next == "dt" || next == "dd"
	case "rt", "rp":
		return next == "rt" || next == "rp"
	case "option":
		return next == "option" || next == "optgroup"
	case "optgroup":
		return next == "optgroup"
	case "td", "th":
		return next == "td" || next == "th" || ends("tr", next)
	case "tr":
		return next == "tr" || ends("tbody", next)
	case "thead", "tbody", "tfoot":
		return next == "tbody" || next == "tfoot" || next == "thead"
	case "colgroup":
		return next == "tr" || ends("tbody", next)
	case "p":
		switch next {
		case "address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "fieldset", "figcaption", "figure", "footer", "form",
			"h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "main", "menu", "nav", "ol", "p", "pre", "section", "table", "ul":
			return true
		}
	}
	return false
}
