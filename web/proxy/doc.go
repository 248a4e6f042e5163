// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package proxy hands HTTP requests on: to servers behind this one ([Reverse]) or to wherever clients want to go ([Forward]).
//
// # Typical use
//
//	app, err := proxy.NewReverse(proxy.ReverseConfig{Upstreams: []string{"tcp:10.0.0.7:8080", "tcp:10.0.0.8:8080"}})
//	root.PutChild("app", app)
//
//	way, err := proxy.NewForward(proxy.ForwardConfig{Users: users})
//	endpoint.ListenString(r, "tcp:3128", web.NewSite(way, web.Config{}))
//
// # The nouns
//
//   - A [Reverse] is a Resource that stands for one or several upstream servers; a [ReverseConfig] says which, how they are chosen ([Balance]) and watched ([Health]), and what is
//     changed on the way.
//   - A [Forward] is a Resource that relays requests for http URLs and makes tunnels for CONNECT; a [ForwardConfig] says for whom and where to.
//   - [Limits] and [Timeouts] bound connections to other servers, and what those may send.
//
// # What is handed on
//
// Messages are taken apart and framed anew, so that what reaches a server is one well-formed request for each request, whatever the client sent and whichever version of HTTP it
// speaks. Fields that belong to one connection stay behind, those that Connection names too. Paths are percent-encoded again from their decoded segments; "." and ".." are refused.
// Bodies are streamed in both directions and held up by whoever reads slowly. 100 Continue, early hints, trailers and Upgrade pass through; what HTTP/2 asks for by an extended CONNECT
// (RFC 8441), as WebSocket, reaches a Reverse's upstreams as Upgrade, and the other way round for upstreams of HTTP/2 that take it.
//
// Upstreams of a Reverse are spoken to in HTTP/2 where they choose it by ALPN, or always: see [HTTP2]. gRPC passes with prior knowledge at its servers. A Forward speaks HTTP/1.1 to
// servers; its tunnels carry anything.
//
// Via tells of the proxy, and by it a request that has come around in a circle is found: 508. The client's address goes into X-Forwarded-For, -Proto, -Host and Forwarded; what the
// client itself says there counts only if it is trusted.
//
// # When a server fails
//
// 502 if it cannot be reached or its answer cannot be understood, 503 if too many wait for it, 504 if it is too slow. Another one is tried if the request cannot have been acted on, or
// is idempotent and has no body. An answer that breaks off is broken off for the client too.
//
// # Where a Forward goes
//
// By default it serves clients on this machine only, CONNECT leads to port 443 only, and clients on other machines, once they are admitted, reach addresses of the internet only.
// The address that is connected to is the one that was judged. Behind a parent proxy (ForwardConfig.Parent) names are for that one to look up, and to judge.
//
// # Concurrency
//
// Reverse and Forward serve any number of loops; connections to other servers belong to the loop of the client's connection, and limits hold for each loop. All methods are safe
// from any goroutine but Render, which is called on the loop of the request.
//
// # Standards
//
// RFC 9110 (sections 7.6, 7.7, 7.8, 9.3.6, 10.1.1), RFC 9112, RFC 7239, RFC 8441, RFC 9113. Not supported: HTTP/2 to the servers of a Forward, caches.
//
// Twisted: twisted.web.proxy.
package proxy
