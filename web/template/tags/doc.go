// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package tags has a function for each element of HTML, which returns a tag of that name.
//
//	tags.P(template.Attr{Name: "class", Value: "intro"}, "See ", tags.A(template.Attr{Name: "href", Value: url}, "this page"), ".")
//
// The arguments are children, or attributes, as of [template.Tag.Add]. An unknown name does not compile: other elements are made by [template.New].
//
// # Concurrency
//
// Everything is safe from any goroutine.
//
// # Standards
//
// The names are those of the HTML standard, and at the end those that are obsolete but known to Twisted. There is no xmp, whose content cannot be escaped.
//
// Twisted: web.template.tags.
package tags
