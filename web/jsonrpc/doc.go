// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package jsonrpc serves procedures to JSON-RPC 2.0 clients, and calls those of servers.
//
// # Typical use
//
//	root.PutChild("jsonrpc", jsonrpc.New(rpc.Methods{
//		"add":  func(a, b int) int { return a + b },
//		"find": func(q struct{ Name string }) (*Person, error) { ... }, // {"params": {"Name": "Ann"}}
//	}, jsonrpc.Config{}))
//
// A client:
//
//	c, err := jsonrpc.NewClient(agent, "https://example.com/jsonrpc", jsonrpc.ClientConfig{})
//	d := jsonrpc.Call[int](c, "add", []int{1, 2}) // *deferred.Deferred[int]
//
// What functions may look like, names with separators, and methods that come and go are the matter of package rpc; the same table may be served by package xmlrpc.
//
// Parameters and results are what encoding/json makes of them. Parameters by name go to procedures with one parameter, a struct or a map.
//
// # Answers
//
// A call is a POST of application/json, anything else gets 405 or 415: a page of another site cannot have a browser send that. Errors have the code, message and data of their *rpc.Fault, or a code of the
// specification: [ParseError], [InvalidRequest], [MethodNotFound], [InvalidParams], and [InternalError] for other errors and panics, which only the site's log tells of. The calls of a batch are
// started in order and may end in any; notifications are waited for as well, so that a client cannot pile up more than a batch of work for each of its connections. Where there is nothing to say the
// answer is 204.
//
// # Concurrency
//
// A Handler is safe from any goroutine. Procedures are called on the loop of the connection. A Client is loop only.
//
// # Standards
//
// The JSON-RPC 2.0 specification. Not supported: version 1.0.
package jsonrpc
