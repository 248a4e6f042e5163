// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package xmlrpc serves procedures to XML-RPC clients, and calls those of servers.
//
// # Typical use
//
//	root.PutChild("RPC2", xmlrpc.New(rpc.Methods{
//		"add":  func(a, b int) int { return a + b },
//		"fail": func() error { return &rpc.Fault{Code: 7, Message: "no"} },
//	}, xmlrpc.Config{Introspection: true}))
//
// A client:
//
//	proxy, err := xmlrpc.NewProxy(agent, "https://example.com/RPC2", xmlrpc.ProxyConfig{})
//	d := xmlrpc.Call[int](proxy, "add", 1, 2) // *deferred.Deferred[int]
//
// What functions may look like, names with separators, and methods that come and go are the matter of package rpc.
//
// # Types
//
//	XML-RPC              Go, as a parameter              as an any
//	i4, int, i8, i1, i2  any integer or float type       int64
//	boolean              bool                            bool
//	string               string                          string
//	double               float64, float32                float64
//	dateTime.iso8601     time.Time                       time.Time
//	base64               []byte                          []byte
//	array                slices                          []any
//	struct               maps with string keys, structs  map[string]any
//	nil                  pointers: nil                   nil
//
// The fields of structs have the names that encoding/json gives them, so that a type serves both. Results go the same way back; integers of more than 32 bits and nil need to be
// allowed by [Config], since not every client knows them. A procedure that returns nothing returns true, or nil if that is allowed.
//
// # Answers
//
// A call is a POST of text/xml, anything else gets 405 or 415: a page of another site cannot have a browser send that. Faults have the code of their *rpc.Fault; [NotFound] stands for an unknown
// method and [Failure] for everything else: a document that is malformed or beyond a limit and wrong parameters, of which the client is told, and other errors and panics, which only the site's log tells of.
//
// # Concurrency
//
// A Handler is safe from any goroutine. Procedures are called on the loop of the connection. A Proxy is loop only.
//
// # Standards
//
// xmlrpc.com's specification, with the usual extensions nil and i8, introspection and system.multicall. Not supported: encodings other than UTF-8.
//
// Twisted: twisted.web.xmlrpc.
package xmlrpc
