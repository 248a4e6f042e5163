// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	htmltemplate "html/template"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// A Node is anything that can be flattened:
//
//   - nil, which is nothing
//   - string, []byte, numbers, booleans and types made of them: text, escaped for the place where it stands
//   - *[Tag], *[Slot], [Comment], [CDATA], [CharRef]
//   - [HTML], [CSS], [JS], [URL], [JSON]: text that is known to be safe, or gets safe, in the place that they name
//   - slices, arrays and iterators (iter.Seq) of nodes; of the pairs of an iter.Seq2[Node, error] the first, until there is an error
//   - a *deferred.Deferred of any type: its result, when it is there
//   - a [Coroutine]
//   - a [Renderable], such as an [Element]
//   - an error: the flattening fails with it
//
// Anything else is an [UnsupportedTypeError]. Twisted: Flattenable.
type Node = any

// Texts that their author vouches for: they stand unescaped where they belong, and are plain text elsewhere. They are the types of html/template.
type (
	HTML = htmltemplate.HTML // in the content of elements
	CSS  = htmltemplate.CSS  // in style elements and attributes
	JS   = htmltemplate.JS   // in script elements and event handlers
	URL  = htmltemplate.URL  // in attributes that are URLs, whatever its scheme
)

// JSON is a value in JSON: an expression in a script, text elsewhere.
type JSON struct{ Value any }

// A Coroutine is a node that is written as if it blocked; it may deferred.Await what it needs. It is started when the output has come to its place.
type Coroutine func(co *deferred.Coroutine) (Node, error)

// A Renderable is a node that renders itself and has the render methods for what it renders. Loop only. Twisted: IRenderable.
type Renderable interface {
	// Render returns what stands in its place. r is nil outside of a request.
	Render(r *web.Request) Node
	// RenderMethod returns the render method of that name.
	RenderMethod(name string) (RenderFunc, error)
}

// A RenderFunc renders a tag that names it. The tag is a copy without the directive; returning it, changed, keeps it. r is nil outside of a request. Loop only.
type RenderFunc = func(r *web.Request, tag *Tag) Node

// A Comment is <!-- Data -->. What would end it early is taken apart.
type Comment struct {
	Data string

	literal bool // of a template
}

// CDATA is a CDATA section. HTML knows those only within SVG and MathML and ends them at the first >. So data with one is written as escaped text, which
// is the same in XML, unless the section stands in a template.
type CDATA struct {
	Data string

	literal bool
}

// A CharRef is the numeric reference to a character, as &#160;.
type CharRef rune

// A Slot is filled with what [Tag.FillSlots] says on the innermost tag around it.
type Slot struct {
	Name    string
	Default Node // nil means that it has to be filled
	Pos     Position
}

// A literal is text of a template: trusted wherever it stands.
type literal string
