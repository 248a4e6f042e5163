// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package socks reaches other hosts through a SOCKS proxy: versions 5, 4 and 4a of the protocol.
//
// # Typical use
//
//	c := &socks.Client{
//		Inner: &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: 1080}, // the proxy
//		Loop:  r, Host: "www.example.org", Port: 80,
//	}
//	endpoint.Dial(c, func() *myProtocol { return &myProtocol{} }) // *deferred.Deferred[*myProtocol]
//
// TLS with the far end goes around it: endpoint.WrapClientTLS(cfg, c).
//
// As strings, once [Register] has added the types to a registry:
//
//	socks5:PROXYHOST:PROXYPORT:HOST:PORT                 the proxy looks HOST up
//	socks5:PROXYHOST:PROXYPORT:HOST:PORT:resolve=local   it is looked up here
//	socks5:HOST:PORT:endpoint=unix\:/run/tor/socks       any client that leads to the proxy
//	socks4a:PROXYHOST:PROXYPORT:HOST:PORT, socks4:...    the older versions; socks4 looks HOST up here
//
// each with user=NAME, for socks5 with passwordFile=FILE, and timeout=SECONDS for the proxy's answers. There is no argument for the password itself: descriptions stand in command lines and in
// errors.
//
// # The nouns
//
//   - A [Client] is an endpoint.Client: a destination and the way to the proxy. [Version] tells how the proxy is spoken to.
//   - A [ReplyError] is a proxy's refusal, with its [Code]. The error of Connect is a *protocol.ConnectError with it as the cause, of the class that the code
//     stands for: protocol.ErrConnectionRefused, protocol.ErrNoRoute.
//
// # What is trusted
//
// A proxy has 10 s for its answers, of which each is at most 262 bytes: it cannot make a client hold more. What is malformed ends the attempt. The protocol of the connection
// is made when the proxy has connected, and gets nothing of what was said before.
//
// # Concurrency
//
// Connect is loop only. A Client is immutable after start.
//
// # Standards
//
// RFC 1928 and RFC 1929; SOCKS: A protocol for TCP proxy across firewalls (version 4), and its extension 4A. Not supported: the server, BIND, UDP ASSOCIATE, GSSAPI (RFC 1961).
//
// Twisted: protocols.socks has the server only.
package socks
