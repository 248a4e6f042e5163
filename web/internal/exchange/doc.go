// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package exchange is the client side of HTTP/1.1 (RFC 9112): connections that carry one exchange after another, and pools of them.
//
// # Typical use
//
//	pool := exchange.NewPool(loop, endpoint, exchange.Config{})
//	x := &exchange.Exchange{Request: exchange.Request{Method: "GET", Target: "/", Host: "example.org"}, Handler: h}
//	pool.Do(x) // h.Response, h.Data ..., h.Done
//
// # The nouns
//
//   - An [Exchange] is a [Request] and the response to it, which its [Handler] gets in pieces. It is the protocol.Consumer of the request's body.
//   - A [Pool] makes and keeps the connections of one loop to one server. [Config] bounds them, and what the server may send.
//   - An [Error] tells in which [Phase] an exchange failed: whether it may be tried again follows from that.
//
// # What leaves
//
// A request is framed here, from Request.Length, and nowhere else: fields that belong to a connection or tell a length are left out of what the caller gives, and a method,
// target, Host, name or value that could be read in two ways is refused. One request is on its way at a time.
//
// # Concurrency
//
// All of it belongs to the loop that the pool was made for. No method of a Handler is called inside Do, Write, Finish, Resume or Cancel.
//
// # Standards
//
// RFC 9110, RFC 9112. Not supported: pipelining, transfer codings other than chunked.
package exchange
