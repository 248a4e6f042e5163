// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package mux finds resources by patterns of method, host and path, in the syntax of http.ServeMux.
//
// # Typical use
//
//	var m mux.Mux
//	m.Func("GET /users/{id}", func(r *web.Request) {
//		id, err := mux.As[int](r, "id") // 404 if it is no number
//		...
//	})
//	m.Handle("/files/", files)                          // a tree of resources, below
//	m.Handle("api.example.com/", web.Handler(handler))  // an http.Handler
//	site := web.NewSite(&m, web.Config{})
//
// # The nouns
//
//   - A [Mux] holds the routes. It is a web.Leaf: the root of a site, or a part of any tree, where its patterns begin at its own place.
//   - A pattern is [METHOD ][HOST]/[PATH], as [net/http.ServeMux] explains it: {name} is one segment, {name...} or a final slash is the rest, {$} is the end. The most
//     specific pattern wins; those that neither is more specific of conflict.
//   - [Value] and [As] return what a wildcard stands for.
//   - A [CORS] lets pages of other origins use a resource.
//
// # What differs from ServeMux
//
// Paths are not cleaned: a segment that is empty, "." or ".." is only matched by a literal or by the rest. The redirect to the path with a slash is 308, which keeps the method. OPTIONS is answered with the
// methods that the path has. A resource that is put at a pattern with a rest finds that in Request.PostPath, and if it has children, they are looked for.
//
// # Concurrency
//
// A Mux is immutable after start: register first. Rendering happens on any number of loops.
//
// Twisted has no counterpart; klein and flask are the models of Python.
package mux
