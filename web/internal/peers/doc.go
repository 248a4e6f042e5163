// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package peers helps tests to talk to real programs, and its own tests are those of the client with many of them.
//
// # Typical use
//
//	port := peers.FreePort(t)
//	peers.Start(t, port, peers.Program(t, "tinyproxy"), "-d", "-c", config)
//	r := peers.Reactor(t)
//	body, err := peers.Wait(t, r, func() *deferred.Deferred[[]byte] { ... })
//
// Programs that tests need stand in tools/internal/check.
//
// # The matrix
//
// TestMatrix asks each server, over each version of HTTP, in plain text and over TLS, directly and by each proxy, for all kinds of responses and compares them to the byte:
//
//	go test ./internal/peers -run Matrix -v -timeout 0 -whole -requests 10000
//
// # Concurrency
//
// The functions are for the goroutine of the test.
package peers
