// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package xmlpush

import (
	"cmp"
	"fmt"
)

// A Kind tells what an Event is.
type Kind uint8

// The kinds of events.
const (
	StartElement Kind = iota + 1
	EndElement        // also after a StartElement of an empty-element tag
	Text              // character data, references resolved; long text comes in several
	CDATA             // a whole section
	Comment
	ProcInst // Name.Local is the target; the XML declaration is one
	Doctype  // Data is what stands between <!DOCTYPE and >
)

// An Event is one piece of a document.
type Event struct {
	Kind Kind
	Name Name   // of StartElement, EndElement and ProcInst
	Attr []Attr // of StartElement, those that declare namespaces included, in the order of the document
	Data string // of the other kinds
	Line int    // where it began, from 1
	Col  int    // in bytes, from 1
}

// A Name is a name with its namespace.
type Name struct {
	Space  string // the URI, "" for none
	Prefix string // as written
	Local  string
}

// String returns the name as written.
func (n Name) String() string {
	if n.Prefix == "" {
		return n.Local
	}
	return n.Prefix + ":" + n.Local
}

// An Attr is an attribute.
type Attr struct {
	Name  Name
	Value string
}

// Limits bounds what a Parser holds. Zero fields mean their defaults.
type Limits struct {
	Depth int // open elements; 0 means 256
	Attrs int // attributes of one element; 0 means 256
	Token int // bytes of one tag, comment, CDATA section, and of one piece of text; 0 means 65536
}

func (l Limits) withDefaults() Limits {
	return Limits{cmp.Or(l.Depth, 256), cmp.Or(l.Attrs, 256), cmp.Or(l.Token, 65536)}
}

// A SyntaxError tells what is wrong and where.
type SyntaxError struct {
	Line, Col int
	Msg       string
}

// Error returns "xmlpush: line:column: message".
func (e *SyntaxError) Error() string { return fmt.Sprintf("xmlpush: %d:%d: %s", e.Line, e.Col, e.Msg) }
