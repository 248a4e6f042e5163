// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package core is the root of Torsion's event-driven networking engine. It holds nothing itself; its packages do, from the lowest layer to the highest:
//
//   - protocol: the contracts: protocols, factories, transports, producers and consumers, addresses, clocks, loops, and why connections end
//   - protocoltest: tests of protocols without sockets and waiting; conformance suites for transports
//   - leaktest: fails tests that leave goroutines or descriptors behind
//   - lockfile: locks between processes
//   - certificate: certificates, keys, requests, and a small certificate authority
//   - threadpool: functions that block, on goroutines, a bounded number at a time
//   - deferred: results that are still to come; coroutines on the loop; locks, semaphores and queues
//   - task: calls that repeat, work in slices, programs that end with their main result
//   - resolver: names to addresses
//   - bridge: protocols and net.Conn, each out of the other
//   - reactor: the loops: connections, ports, datagrams, timers, threads, signals
//   - reactortest: a reactor in memory, and the conformance suite of reactors
//   - tlswrap: TLS over any transport, without a goroutine for a connection
//   - framing: lines, netstrings, counted strings, files
//   - inotify: what happens to files and directories (Linux)
//   - endpoint: servers and clients as values or by string; endpoint/proxyproto reads and writes the PROXY protocol
//
// A package imports lower ones only. Besides the standard library they import golang.org/x/sys, golang.org/x/net and golang.org/x/text.
//
// # Typical use
//
//	type echo struct{ protocol.Base }
//
//	func (echo) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }
//
//	func main() {
//		r, err := reactor.New(reactor.Config{InstallSignalHandlers: true})
//		...
//		_, err = endpoint.ListenString(r, "tcp:8000", protocol.ForProtocol(func() echo { return echo{} }))
//		...
//		err = r.Run(context.Background())
//	}
//
// # Concurrency
//
// Every callback of a loop runs on one goroutine, one at a time, and what belongs to a loop is used there only: comments say "Loop only." Another goroutine gets
// in by CallFromThread; it waits for a Deferred by Wait.
package core
