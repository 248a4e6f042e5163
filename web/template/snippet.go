// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

// Pre returns text in a pre element. Twisted: html.PRE.
func Pre(text string) *Tag { return New("pre", text) }

// List returns an unordered list of items, which are nodes. Twisted: html.UL, which does not escape.
func List(items ...Node) *Tag {
	ul := New("ul")
	for _, item := range items {
		ul.Add(New("li", item))
	}
	return ul
}

// A Link is a URL with what is shown for it.
type Link struct {
	URL  string
	Text Node
}

// Links returns an unordered list of links. Twisted: html.linkList, which does not escape.
func Links(links ...Link) *Tag {
	ul := New("ul")
	for _, l := range links {
		ul.Add(New("li", New("a", Attr{"href", l.URL}, l.Text)))
	}
	return ul
}
