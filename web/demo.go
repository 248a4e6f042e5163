// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import "html"

// Demo is the page of a site without a root: it tells that the server works. Twisted: demo.Test.
var Demo Leaf = LeafFunc(func(r *Request) {
	r.page(200, "It works", "This is a Torsion web server. It was asked for <code>"+html.EscapeString(r.Path)+"</code>, and has no resource to answer with yet.")
})
