// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package scgi passes requests to SCGI applications.
//
// # Typical use
//
//	app, err := scgi.New("unix:/run/app.sock", scgi.Config{})
//	root.PutChild("app", app)
//
// # The nouns
//
// An [Application] is the Leaf that does it. Body and answer are streamed, each as fast as the slower side takes it. An application that cannot be reached or does not
// answer properly is answered for with 502, one that takes too long with 504, and too many requests with 503. It cannot tell whether an answer without a Content-Length
// is whole: SCGI ends answers with the connection.
//
// # Concurrency
//
// An Application is safe from any goroutine. Each request has a connection of its own, on its own loop.
//
// # Standards
//
// SCGI: A Simple Common Gateway Interface alternative (Schemenauer, 2008); RFC 3875 for variables and answers.
package scgi
