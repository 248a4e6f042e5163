// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package template makes pages of templates and trees of tags, escaped for the place where each value stands, and streams them as fast as the client reads.
//
// # Typical use
//
//	var page = template.Must(template.XMLString(`
//	<html xmlns:t="urn:torsion:template">
//	  <body><h1 t:render="title"/> <p>You have <t:slot name="n">no</t:slot> messages.</p></body>
//	</html>`))
//
//	type inbox struct{ user string }
//
//	func (i inbox) Title(r *web.Request, tag *template.Tag) any { return tag.Add("Inbox of ", i.user) }
//
//	root.PutChild("inbox", template.Page{}.Resource(func(r *web.Request) template.Node {
//		return &template.Element{Loader: page, Methods: inbox{r.User()}}
//	}))
//
// # The nouns
//
//   - A [Node] is anything that can be flattened: text, tags, slices, iterators, Deferreds, elements.
//   - A [Tag] is an element of HTML or XML; package tags has a function for each of HTML.
//   - An [Element] is a template with its render methods.
//   - A [Loader] has a template: a [Document], parsed from XML or HTML, or a [File].
//   - A [Page] answers requests; [Flatten] and [String] write elsewhere.
//
// # Templates
//
// In XML the directives are in the namespace [Namespace] or [ShortNamespace], in HTML they have the prefix t.
//
//	t:render="name"                   the element is given to the render method, and replaced by what that returns
//	<t:slot name="x" default="d"/>    is replaced by what the innermost tag around it fills it with
//	<t:attr name="href">...</t:attr>  sets an attribute of the element around it to what is in it
//	<t:transparent>...</t:transparent> is replaced by its content
//
// # Escaping
//
// What a template says is trusted, and so are [HTML], [CSS], [JS] and [URL] in their places. Everything else is escaped for its place: between tags, in attributes, in comments. In
// script and style elements, event handlers and style attributes html/template escapes values for JavaScript and CSS: a string becomes a literal of its own or part of one. In
// attributes that are URLs only http, https, mailto, tel, sms, ftp, xmpp, irc and relative ones are let through; others become #unsafe-url. What cannot be written
// safely is [ErrUnsafe]. Values within a URL are not percent-encoded: use net/url.
//
// # Concurrency
//
// Loop only. Documents and Files are safe from any goroutine; elements, too, if what they refer to is.
//
// # Not supported
//
// Conditions and loops in templates: render methods have those. XML other than UTF-8.
//
// Twisted: twisted.web.template.
package template
