// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package policy puts limits and logs around any protocol: how many connections, how fast, how long, and what was said.
//
// # Typical use
//
//	limiter, err := policy.NewLimiter(policy.Limits{
//		MaxConnections: 1000,
//		MaxPerPeer:     10,
//		Idle:           time.Minute,
//		Write:          policy.Rates{Connection: 1 << 20}, // bytes a second
//	})
//	server.Listen(limiter.Wrap(factory))
//	// later: limiter.Stats()
//
// An operator writes the same as an endpoint, limit:conns=1000:perpeer=10:idle=60s:write=1M:tcp:8080, where the program has called [Register].
//
// # Nouns
//
// A [Middleware] is a function of a factory to a factory; [Chain] applies several. A [Limiter] holds connections to [Limits] and counts them in [Stats].
// [Connections] is the set of those that live. [TrafficLog] writes a file for each connection, [Spew] logs everything, [Wrap] makes a Middleware of a [Hook] of
// one's own. Every wrapper has Unwrap, so that protocol.As finds what the factory, the protocol and the transport can do.
//
// A [Bucket] is a token bucket, a [Filter] finds the one of a connection; both make hierarchies. A [ProducerConsumerProxy] shapes what a producer writes to a
// consumer. A [Timeout] is for protocols that time out by themselves.
//
// A layer such as TLS that a protocol puts on its connection later (STARTTLS) comes above the policy, which stays in force.
//
// # Concurrency
//
// Limiter, Connections, TrafficLog, Bucket and Filter are shared by all loops and are safe from any goroutine. Counts of connections are exact over all loops. A
// rate that several connections share is kept in one bucket, under a lock that is held for some nanoseconds each time something is read or written; without a
// shared rate, loops share nothing while data flows. Timeout and ProducerConsumerProxy belong to one loop. Times are those of the loops' clocks.
//
// A connection costs one allocation, and another two for a timer when a limit on time is set; data costs none.
//
// # Limits of the limits
//
// Over its rate a protocol is held up, not cut: what it writes at once leaves at once, and then its producer and its reading wait until the bucket has paid. A
// protocol that writes much without a producer is shaped by a ProducerConsumerProxy. Datagrams have no policies. A client is a client of a factory too: the rates
// and times of Limits work there, the bounds on connections are meant for servers.
//
// Twisted: protocols.policies, protocols.htb, protocols.pcp.
package policy
