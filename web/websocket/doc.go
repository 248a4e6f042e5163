// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package websocket speaks WebSocket, as a server and as a client, over HTTP/1.1 and HTTP/2, on the loop: a connection that is quiet has no goroutine and no buffer.
//
// # Typical use
//
// A server is a resource, whose connections get a [Handler] each:
//
//	root.PutChild("echo", websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
//		return websocket.Func(func(c *websocket.Conn, kind websocket.Kind, p []byte) { c.Send(kind, p) }), nil
//	}, websocket.Config{}))
//
// A client:
//
//	d := websocket.Dial(agent, "wss://example.com/echo", handler, websocket.DialConfig{})
//
// # The nouns
//
//   - A [Conn] is a connection. It sends messages: [Conn.Send], [Conn.SendText], in parts by [Conn.SendPart], one for many by [Conn.SendPrepared].
//   - A [Handler] is what happens on one: Open, Message, Close. [Base] has the methods to leave out. A [PartHandler] takes long messages as they come.
//   - A [Server] is the web.Resource, [Dial] the client. [Options] are what both have, with all limits.
//   - A [Hub] sends to many connections, on many loops.
//   - [Blocking] and [DialBlocking] give a [BlockingConn] to goroutines; [NewService] keeps a connection.
//   - [Factory] and [Endpoint] run any other protocol inside of binary messages; with package bridge that is a net.Conn for goroutines.
//
// # Back-pressure
//
// Both ways: [Conn.Pause] holds the peer up; a producer that is registered with a Conn is paused while the peer does not read. Who sends without minding that meets Options.Queue: [ErrSlow], and the connection is
// closed with 1013 unless Options.Slow says otherwise.
//
// # Liveness
//
// A peer that is silent gets a Ping after 30 s, and has 20 s to answer. The close handshake has 5 s, whatever comes meanwhile. When the site drains, connections are closed with 1001, and Site.Shutdown
// waits for them.
//
// # Protection
//
// Pages of other sites are refused by their Origin (see [SameOrigin]). Frames, messages, fragments, decompression, control frames and what is queued are bounded. What breaks the protocol is closed with the
// right code.
//
// # Concurrency
//
// A connection belongs to one loop, and so do its Handler's calls and all of Conn's methods. From elsewhere go through Conn.Loop().CallFromThread, or a Hub, which is safe from any goroutine, as [Server] and [Prepared]
// are.
//
// # Standards
//
// RFC 6455, RFC 7692 (permessage-deflate), RFC 8441 (over HTTP/2). Not supported: other extensions, HTTP/3.
//
// Twisted has none; Autobahn is what its users take.
package websocket
