// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package script makes resources of source files: templates, or programs in a language that is embedded. A file is compiled when it is first asked for, and again when it has changed.
//
// # Typical use
//
//	scripts := script.New(script.Config{Compilers: map[string]script.Compiler{
//		".tmpl": script.HTML(nil, nil),
//		".xml":  script.XML(template.Page{}, template.Element{Methods: site{}}),
//		".star": starlark, // of the program's own
//	}})
//	root.PutChild("app", scripts.Directory("/srv/app"))                                               // nothing but scripts
//	files, err := static.Dir("/srv/www", static.Config{Processors: scripts.Processors()}) // scripts among files
//
// # The nouns
//
//   - A [Compiler] makes a web.Resource of the content of a file. [HTML] and [XML] are those for templates; a program registers others, for Starlark, WebAssembly, Go by an interpreter and so on.
//   - [Scripts] has the compilers by extension, and what they have made.
//
// # When a file is compiled
//
// Each request looks, in a thread, whether the file is still the same by its time, its size and its identity; [Config.Revalidate] saves that for a while. A file is looked at and
// compiled by one thread at a time, and all who wait get what comes of it. What a script does for a request is the matter of its resource: Render runs on the loop of the request.
//
// # Errors
//
// A file that does not compile is answered with 500, logged, and shown if the site's DisplayTracebacks is set. It is tried again when it has changed, or a second later. A compiler that
// returns nothing is answered with 500 and a sentence that says so, one that takes too long with 503.
//
// # Concurrency
//
// Scripts is safe from any goroutine and serves any number of loops. Compilers are called on threads, for different files at the same time; resources as web.Resource says.
//
// Twisted: twisted.web.script.
package script
