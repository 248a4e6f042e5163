// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package resolver turns host names into addresses. It has the two contracts for that, adapters between them, the system's resolver, a resolver out of a hosts
// table, and the slot in which a reactor keeps the resolvers that are in use.
//
// # Typical use
//
//	var resolvers resolver.Installed // one a reactor; the zero value uses the system's resolver
//	d := resolvers.Resolve(loop, "www.example.org") // *deferred.Deferred[netip.Addr]
//	previous := resolvers.InstallName(myResolver)
//
// # The nouns
//
// A [NameResolver] finds every address of a name and reports each to a [Receiver] as it comes; happy eyeballs and the endpoints use it. A [Simple] resolver finds
// one IPv4 address. [FromSimple] and [ToSimple] make one of the other. [System] asks the operating system by net.Resolver; [Hosts] is a fixed table, for tests
// and /etc/hosts alike. [Installed] holds one resolver of each kind.
//
// IP literals are their own address everywhere, without asking anybody. A name that doesn't exist, and one that cannot be looked up, has no address: a Receiver that wants
// the reason is a [FailureReceiver].
//
// # Concurrency
//
// Resolvers are called on a loop and call back on that loop: their methods are loop only. Installed is safe from any goroutine.
//
// Twisted: IHostnameResolver, IResolutionReceiver, IHostResolution, IResolverSimple, IReactorPluggableNameResolver.
package resolver
