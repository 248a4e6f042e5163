// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package distrib has other processes, of other users too, answer for a part of a site: HTTP/1.1 over UNIX sockets or TCP.
//
// # Typical use
//
// In the process that answers:
//
//	p := &distrib.Publisher{Root: &root} // on ~/.torsion-web
//	port := p.Listen(r) // or, drained when it stops: service.NewStreamServer(r, p.Server(r), p.Site(), service.StreamServerConfig{})
//
// In the one in front:
//
//	app, err := distrib.NewSubscription(distrib.SubscriptionConfig{Address: "unix:/run/app/web"})
//	root.PutChild("app", app)
//	users := distrib.NewUserDirectory(distrib.UserDirectoryConfig{})
//	root.PutChild("users", users) // /users/alice/
//	root.Dynamic = users.Tilde    // /~alice/
//
// # The nouns
//
//   - A [Publisher] serves resources to the process in front, on a socket that only its owner may use.
//   - A [Subscription] is a Leaf that hands requests on to a publisher.
//   - A [UserDirectory] has for each user of the system the files in public_html, and what the user publishes.
//
// # Who asks
//
// Request.ClientAddr, Secure and ClientHost of a published resource tell of the client in front, and [User] who logged in there. They are told in X-Forwarded-For, -Proto, -Host and -User, which a
// Subscription sets itself, whatever the client says. A Publisher believes them on its UNIX socket, and over TCP from the addresses of Trusted, where any program of the machine that has such an
// address can claim to be the process in front.
//
// # When a publisher is away
//
// Requests wait up to 10 seconds for a connection. One that cannot be made, or breaks before the answer has begun, is answered with an error page; an answer that breaks off is broken off for the client.
//
// # Concurrency
//
// All types are safe from any goroutine, but for Listen, which belongs to the reactor's loop.
//
// Not supported: Perspective Broker.
//
// Twisted: twisted.web.distrib.
package distrib
