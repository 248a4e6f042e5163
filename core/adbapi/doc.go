// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package adbapi gives loops the databases of database/sql: a query runs beside the loop and comes back as a Deferred.
//
// # Typical use
//
//	pool, err := adbapi.Open(reactor, "sqlite", "users.db", adbapi.Config{})
//	...
//	adbapi.RunQuery(pool, scanUser, "SELECT name, age FROM users WHERE age > ?", 30).Done(func(users []user, err error) { ... })
//	pool.RunOperation("DELETE FROM users WHERE name = ?", "alice")
//	adbapi.RunInteraction(pool, func(ctx context.Context, tx *sql.Tx) (int, error) {
//		... // ordinary code that may block; commits if it returns no error
//	})
//
// The nouns:
//
//	[Pool]            some connections, each used by one query at a time; a service.Service
//	[RunQuery]        rows, each made by a function
//	[RunInteraction]  a transaction: committed, or rolled back when the function fails or panics
//	[RunWithConnection] one connection, for what a transaction cannot do
//
// The pool is database/sql's own; what this package adds is the way back to the loop, a bound on what runs and what waits, cancellation, and Twisted's words. A
// cancelled Deferred cancels the context of its query.
//
// # Concurrency
//
// What returns a Deferred is loop only. Functions that are passed in run on goroutines of the pool, of which there are as many as connections, and must not touch what belongs to a loop.
//
// Twisted: enterprise.adbapi.
package adbapi
