// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package rpc has tables of procedures that clients call by name: packages xmlrpc and jsonrpc serve them, the same table both if that is wanted.
//
// # Typical use
//
//	table := rpc.Methods{
//		"add":    func(a, b int) int { return a + b },
//		"whoami": func(r *web.Request) string { return r.User() },
//		"lookup": func(name string) *deferred.Deferred[string] { ... },
//		"notes":  rpc.Methods{"list": notes.List, "add": notes.Add}, // notes.list, notes.add
//	}
//	root.PutChild("RPC2", xmlrpc.New(table, xmlrpc.Config{}))
//	root.PutChild("jsonrpc", jsonrpc.New(table, jsonrpc.Config{}))
//
// # The nouns
//
//   - A [Source] finds what stands for a name: a function, a [Method], or a Source for the names that follow a separator. [Methods] is the one that is a map; a type that embeds it is a
//     Source with methods of its own, and one that implements Source itself has methods that come and go.
//   - A function's parameters are read from the call as their types want it. The first may be a *web.Request, which gets the request. It returns nothing, a value, an error, or both; a value that is a
//     *deferred.Deferred is waited for, and cancelled if the client goes away.
//   - A [Fault] is an error for the client's eyes. Any other error, and a panic, is logged, and the client is told no more than that something failed.
//   - A [Procedure] is a function found: what servers of a protocol call.
//
// # Concurrency
//
// Functions are called on the loop of the request's connection and must not block: let deferred.ToThread do that. With several loops they are called from each of them at the same time. Sources are asked there
// too, and have to be safe for that; Methods is immutable after start.
//
// Twisted: xmlrpc.XMLRPC without its protocol.
package rpc
