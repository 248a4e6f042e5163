// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package gateway passes requests to programs that answer over a connection: the part that FastCGI, SCGI and WSGI share.
//
// # Typical use
//
//	g, err := gateway.New(gateway.Config{Name: "fastcgi", Wire: func() gateway.Wire { return new(fcgi.Wire) }, ...})
//	g.Serve(r, gateway.Call{Client: client, ...})
//
// # The nouns
//
//   - A [Wire] knows the bytes.
//   - A [Gateway] has the options, limits and counters, and the connections that are kept for each loop.
//   - A [Call] is what one request needs beyond that.
//
// A request's body flows as the program takes it, the answer as the client takes it; in between there is no more than what the transports queue.
//
// # Concurrency
//
// A Gateway is safe from any goroutine, but for Serve, which belongs to the request's loop. Connections belong to the loops of their requests: loops share nothing but counters.
package gateway
