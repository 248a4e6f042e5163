// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package cgienv is what CGI, FastCGI, SCGI and WSGI share: the variables that describe a request to a program, the header block that the program answers with, and the way
// from its output to the response.
//
// # Typical use
//
//	vars, err := cgienv.Variables(r, cgienv.Options{})
//	reply := cgienv.NewReply(r, source, cgienv.ReplyOptions{})
//	reply.Write(output) // as it comes
//	reply.Settle()      // after each batch
//	reply.End()         // or reply.Fail(502, err)
//
// # The nouns
//
//   - [Variables] makes the variables of RFC 3875 section 4.1.
//   - A [Parser] reads a header block (section 6) and does no I/O.
//   - A [Reply] is the response to one request, fed by a program.
//   - [ReadUpload] passes the request's body on, and gathers one of unknown length for programs that have to know it.
//
// # Concurrency
//
// Everything is loop only.
//
// # Standards
//
// RFC 3875. Client-supplied names never reach a variable that something else reads: Proxy is left out (CVE-2016-1000111), and so is a field whose name has anything
// but letters, digits and hyphens, since X_Y and X-Y would be one variable.
package cgienv
