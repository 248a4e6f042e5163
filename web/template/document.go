// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"strings"

	"github.com/torsion-go/torsion/web"
)

// The namespaces of the directives.
const (
	// Namespace is Twisted's, so that its templates work unchanged.
	Namespace = "http://twistedmatrix.com/ns/twisted.web.template/0.1"
	// ShortNamespace is the same in short.
	ShortNamespace = "urn:torsion:template"
)

// A Document is a parsed template: a Loader that any number of elements may share. Immutable.
type Document struct{ nodes []Node }

// Load returns the nodes of the document.
func (d *Document) Load(*web.Request) Node { return d.nodes }

// Must returns d, and panics if err is not nil: for templates in variables of a package.
func Must(d *Document, err error) *Document {
	if err != nil {
		panic(err)
	}
	return d
}

// XMLString parses a template in XML. Twisted: XMLString.
func XMLString(s string) (*Document, error) { return ParseXML("template", []byte(s)) }

// HTMLString parses a template in HTML; see [ParseHTML].
func HTMLString(s string) (*Document, error) { return ParseHTML("template", []byte(s)) }

// Tree returns a Loader of nodes. Render methods get copies of its tags, so that requests may share it. Twisted: TagLoader.
func Tree(nodes ...Node) *Document { return &Document{nodes} }

// builder makes a tree of the elements of a template.
type builder struct {
	name string
	top  []Node
	open []*open
	err  error
}

// open is an element that is not closed: a tag, or a slot with what is in it.
type open struct {
	name string // as the end tag has it
	tag  *Tag
	slot *Slot
	// declared is the namespaces that a directive declares. It is left out: the elements within it get them. It is nil for an element.
	declared []Attr
}

func (b *builder) fail(pos Position, msg string) {
	if b.err == nil {
		b.err = &ParseError{pos, msg}
	}
}

func (b *builder) add(n Node) {
	if len(b.open) == 0 {
		b.top = append(b.top, n)
		return
	}
	t := b.open[len(b.open)-1].tag
	if s, ok := n.(literal); ok && len(t.Children) > 0 {
		if before, ok := t.Children[len(t.Children)-1].(literal); ok {
			t.Children[len(t.Children)-1] = before + s
			return
		}
	}
	t.Children = append(t.Children, n)
}

// start begins an element. directive tells that its name is one of ours; attributes that are none of the directives' are in attrs, and render is that one.
func (b *builder) start(pos Position, raw, name string, directive bool, attrs []Attr, render string) {
	t := &Tag{Name: name, Attrs: attrs, Render: render, Pos: pos}
	o := &open{name: raw, tag: t}
	switch {
	case !directive:
		b.add(t)
	case name == "transparent":
		t.Name = ""
		t.Attrs = nil
		b.add(t)
	case name == "slot":
		s := &Slot{Pos: pos}
		for _, a := range attrs {
			switch a.Name {
			case "name":
				s.Name = string(a.Value.(literal))
			case "default":
				s.Default = a.Value
			}
		}
		if s.Name == "" {
			b.fail(pos, "a slot requires a name attribute")
		}
		b.add(s)
		o.slot = s
	case name == "attr":
		target := ""
		for _, a := range attrs {
			if a.Name == "name" {
				target = string(a.Value.(literal))
			}
		}
		t.Name, t.Attrs = "", nil
		switch {
		case target == "":
			b.fail(pos, "attr requires a name attribute")
		case len(b.open) == 0:
			b.fail(pos, "attr as top-level element")
		default:
			b.open[len(b.open)-1].tag.Set(target, t)
		}
	default:
		b.fail(pos, "unknown directive "+name)
	}
	b.open = append(b.open, o)
}

// end closes the innermost element.
func (b *builder) end() {
	o := b.open[len(b.open)-1]
	b.open = b.open[:len(b.open)-1]
	if s := o.slot; s != nil && s.Default == nil && !blank(o.tag.Children) {
		s.Default = o.tag.Children
	}
}

// blank reports whether nodes are nothing but white space.
func blank(nodes []Node) bool {
	for _, n := range nodes {
		if s, ok := n.(literal); !ok || strings.TrimSpace(string(s)) != "" {
			return false
		}
	}
	return true
}

var _ Loader = (*Document)(nil)
