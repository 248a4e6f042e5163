// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package web is an HTTP server on Torsion's engine, for HTTP/1.1 and HTTP/2: a tree of resources behind a protocol factory that any stream endpoint can serve.
// The client is in packages client and fetch, WebSocket for both in websocket.
//
// # Typical use
//
//	var root web.Tree
//	root.PutChild("", web.Get(func(r *web.Request) { r.WriteString("<h1>Hello</h1>") }))
//	root.PutChild("files", files) // of package static
//	root.PutChild("debug", web.Handler(http.DefaultServeMux)) // with the whole path
//	endpoint.ListenString(r, "tcp:8080", web.NewSite(&root, web.Config{}))
//
// # The nouns
//
//   - A [Resource] answers requests by its one method, Render. [Func], [Get], [Methods], [Handler] and [Mounted] make them of functions and of http.Handlers.
//   - A [Parent] has children, found by the segments of the path; [Tree] is the one with names. A [Leaf] answers for everything below it.
//   - A [Request] is the request, and the response to it as well: an io.Writer and a protocol.Consumer.
//   - A [Site] is the protocol.Factory that serves a resource; [Site.HTTPHandler] has net/http serve it.
//   - A [Problem] is an error as the client sees it: a page, or JSON for programs. A [Key] names a value that is attached to a request.
//   - A [Config] holds the limits, each with a default, and the logs.
//
// # When a response ends
//
// It is finished when Render returns. What is short has a Content-Length then; what is long or is flushed is sent in chunks. To go on afterwards, hand the rest over:
//
//	r.ReadBody(func(body []byte, err error) { ... })  // finished when the function returns
//	web.Later(r, d, func(v T) { ... })                // finished when d has fired and the function returns
//	r.Stream(seq)                                     // finished when seq ends
//	r.SendFile(f, 0, size, func(err error) { ... })   // finished by r.Finish() in the function
//	r.NotDoneYet()                                    // finished by r.Finish()
//
// # Wrapping resources
//
// What goes around a resource, as compression, logins, hosts and rewriting do, is a Leaf whose Render ends in [Dispatch], which has the inner resource answer with what is left of the
// path. It may have the body coded on its way out, by [Request.Encode], and the request's body decoded, by [Request.DecodeBody]: package compress does. The end of the response it learns by
// [Request.NotifyFinish].
//
// # Protection
//
// Requests that two readers could understand differently are refused (RFC 9112): several lengths, folded lines, bare CR and LF, malformed chunks, a missing Host.
// Heads, bodies, read-ahead and every wait are bounded; see [Limits] and [Timeouts]. A client that does not read is neither read from nor written for. Header
// values with line breaks never leave. A panic in a resource ends its request with 500 and tells the client nothing.
//
// Over HTTP/2, what costs a client nothing costs it from a budget: see [HTTP2]. A request that is reset counts as open while its handler runs.
//
// # Concurrency
//
// Everything about one request happens on the loop of its connection: Request and Header are loop only, and Render is called there. A site that is served by several loops
// calls its resources from each of them, at the same time; with one loop they need no locks. Site and Tree are safe from any goroutine. From elsewhere reach a request by
// r.Loop().CallFromThread.
//
// # Standards
//
// RFC 9110 (semantics: sections 8, 9, 10.1.1, 13, 15), RFC 9112 (HTTP/1.1), RFC 9113 (HTTP/2), RFC 7541 (HPACK), RFC 9218 (priorities), RFC 8297 (early hints). HTTP/1.0 clients are served, with
// persistent connections. HTTP/2 is spoken to clients that choose it by ALPN, or begin with its preface in plain text; server push and Upgrade to h2c are not supported. Other
// protocols take a connection over by [Request.Upgrade] and [Request.Detach]; over HTTP/2 they take the stream of a CONNECT, plain or extended (RFC 8441). Not supported: HTTP/3,
// transfer codings other than chunked.
//
// Twisted: twisted.web.server, twisted.web.resource, twisted.web.http.
package web
