// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"fmt"
	"maps"
	"slices"
)

// A Tag is an element with its attributes and children, or, without a name, its children alone. Its methods change it and return it. It must not be changed while it is
// flattened, nor if it is shared; render methods get a copy that is theirs. Twisted: Tag.
type Tag struct {
	Name     string // "" for a transparent tag
	Attrs    []Attr // at most one of a name, in the order of the output
	Children []Node
	Render   string // the render method that is called instead; "" for none
	Pos      Position

	slots Slots
}

// An Attr is an attribute. Its value may be any node. Twisted: Tag.attributes.
type Attr struct {
	Name  string
	Value Node
}

// Slots are values for slots by name.
type Slots map[string]Node

// A Position is a place in a template. Its zero value is none.
type Position struct {
	File string
	Line int // from 1
	Col  int // in bytes, from 1
}

// IsValid reports whether p is a place.
func (p Position) IsValid() bool { return p.Line > 0 }

// String returns file:line:column.
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// New returns a Tag, to which it adds the children. The functions of package tags are for those of HTML.
func New(name string, children ...Node) *Tag { return (&Tag{Name: name}).Add(children...) }

// Transparent returns a Tag that is its children alone. Twisted: tags.transparent.
func Transparent(children ...Node) *Tag { return New("", children...) }

// Add adds children; those that are an [Attr] are set as attributes. Twisted: Tag.__call__.
func (t *Tag) Add(children ...Node) *Tag {
	for _, c := range children {
		if a, ok := c.(Attr); ok {
			t.Set(a.Name, a.Value)
			continue
		}
		t.Children = append(t.Children, c)
	}
	return t
}

// Set sets an attribute.
func (t *Tag) Set(name string, value Node) *Tag {
	for i := range t.Attrs {
		if t.Attrs[i].Name == name {
			t.Attrs[i].Value = value
			return t
		}
	}
	t.Attrs = append(t.Attrs, Attr{name, value})
	return t
}

// Attr returns the value of an attribute, nil if it has none of that name.
func (t *Tag) Attr(name string) Node {
	for _, a := range t.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return nil
}

// FillSlots sets what the slots within t are filled with, beside what was set before. Twisted: fillSlots.
func (t *Tag) FillSlots(slots Slots) *Tag {
	if t.slots == nil {
		t.slots = make(Slots, len(slots))
	}
	maps.Copy(t.slots, slots)
	return t
}

// Clear removes the children. Twisted: clear.
func (t *Tag) Clear() *Tag {
	t.Children = nil
	return t
}

// Clone returns a copy: the tags, slots and slices in children, attributes and slot values are copied with it; other nodes are shared. Twisted: clone.
func (t *Tag) Clone() *Tag {
	c := *t
	c.Children = cloneNodes(t.Children)
	c.Attrs = slices.Clone(t.Attrs)
	for i := range c.Attrs {
		c.Attrs[i].Value = cloneNode(c.Attrs[i].Value)
	}
	c.slots = maps.Clone(t.slots)
	for k, v := range c.slots {
		c.slots[k] = cloneNode(v)
	}
	return &c
}

func cloneNodes(all []Node) []Node {
	if all == nil {
		return nil
	}
	c := make([]Node, len(all))
	for i, n := range all {
		c[i] = cloneNode(n)
	}
	return c
}

func cloneNode(n Node) Node {
	switch n := n.(type) {
	case string, literal, nil, []byte:
		return n
	case *Tag:
		if n == nil {
			return n
		}
		return n.Clone()
	case *Slot:
		if n == nil {
			return n
		}
		c := *n
		c.Default = cloneNode(n.Default)
		return &c
	case []Node:
		return cloneNodes(n)
	case []*Tag:
		c := make([]*Tag, len(n))
		for i, t := range n {
			c[i] = t.Clone()
		}
		return c
	}
	return n
}

// String describes the tag for errors.
func (t *Tag) String() string {
	name := t.Name
	if name == "" {
		name = "transparent"
	}
	if t.Render != "" {
		name += " render=" + t.Render
	}
	return "Tag <" + name + ">"
}

// isVoid reports whether elements of that name have no content, nor an end tag.
func isVoid(name string) bool {
	switch name {
	case "area", "base", "basefont", "br", "col", "command", "embed", "frame", "hr", "img", "input", "isindex", "keygen", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

// validName reports whether a name of an element or attribute reads as one, and only as one, in HTML and XML.
func validName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ', c == 0x7f, c == '"', c == '\'', c == '<', c == '>', c == '/', c == '=', c == '&', c == '`':
			return false
		case i == 0 && (c == '-' || c == '.' || c == '!' || c == '?' || '0' <= c && c <= '9'):
			return false
		}
	}
	return s != ""
}
