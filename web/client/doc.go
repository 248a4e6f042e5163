// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package client sends HTTP requests: the [Agent], with its connections, and what is put around it.
//
// # Typical use
//
//	agent, err := client.New(loop, client.Config{})
//	...
//	u, err := client.ParseURL("https://example.org/notes?page=2")
//	d := agent.Do(&client.Request{URL: u}) // *deferred.Deferred[*client.Response]
//	deferred.ThenD(d, func(r *client.Response) *deferred.Deferred[[]byte] { return r.ReadBody(0) })
//
// In ordinary Go code:
//
//	c := http.Client{Transport: agent.RoundTripper()}
//
// # The nouns
//
//   - A [Doer] sends requests: an Agent, or something around one. An Agent belongs to a loop; Agent.On is that of another one.
//   - Around an Agent go, the innermost first, [RetryAgent], [DecoderAgent], [CookieAgent] and [RedirectAgent], each if it is wanted. Package fetch puts them together.
//   - A [Request] says what to send, its [Body] produces what follows the head: [Bytes], [String], [File], [Reader]. A [Rewinder] can be sent again.
//   - A [Response] is there when its head is. Its body waits until it is asked for, and its connection with it: by StreamBody, ReadBody, Reader, Chunks or StopBody. A body that nobody asks
//     for holds its connection until Timeouts.Whole is over, for which there is no default.
//   - An [Error] tells in which [Phase] a request failed.
//   - A [Config] has the limits: [PoolLimits], [Timeouts], [Limits], and says whom to trust: [TLSPolicy].
//
// # Connections
//
// They are kept by scheme, host, port and proxy. The one that was used last is used next. When there may be no more for a host, or for all, requests wait in order; an idle connection to
// another host makes room. One that the server closes is noticed at once; a request that was just being written to it is sent again, once, on a new one, if its method is idempotent, if
// no byte of a response has come, and if it has no body or one that can be sent again. Bytes on an idle connection end it.
//
// A cancelled request ends its connection, unless it had none yet. A time limit does the same. Over HTTP/2 it is the stream that ends.
//
// HTTP/2 is spoken over TLS if the server chooses it by ALPN; Config.HTTP2 says otherwise. All requests to an origin share a connection then, as many at a time as the server takes. Push is
// switched off.
//
// # Proxies
//
// Config.Proxy names the proxy of each URL; [ProxyFromEnvironment] makes such a function of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY. The URL of a proxy is one of
//
//	http://USER:PASSWORD@HOST:3128       requests for http name the whole URL, all else goes through CONNECT
//	https://USER:PASSWORD@HOST           the same over TLS, of Config.TLS
//	socks5://USER:PASSWORD@HOST:1080     SOCKS, which looks names up, as with socks5h://; socks4a:// likewise, and socks4:// with names looked up here
//
// The login is for the proxy: no server gets to see it, nor a Proxy-Authorization of the request where there is a tunnel, and no error or log has it. To an HTTP proxy connections are shared by all
// http URLs; a tunnel is for one origin. A proxy that makes no tunnel fails the request in PhaseConnect, with a [*ProxyError] that has its status, 407 for one, or an error of package socks; a refusal
// to relay is a Response like any other. Config.Endpoint is asked for the proxy in place of the server. [ConnectClient] and [ThroughProxy] do the same for other protocols.
//
// # What is refused
//
// A request is refused, before anything is sent, if its method is no token, its URL is not of printable ASCII when encoded, or if a name or value of its header could be read as more than
// one. Of a response, everything is refused that RFC 9112 does not allow to a server and that could be read in two ways: lines that end with LF alone, folded lines, two lengths, a length
// beside chunks; such a request fails with PhaseHead. A missing phrase is taken. Twisted's client is more lenient here.
//
// There is no lenient mode, though RFC 9112 section 5.2 asks user agents to read a folded line as one with blanks. Servers have not been allowed to fold since RFC 7230, whose section 3.2.4
// asks proxies to unfold what they pass on, or to refuse it; what is left of folds is what attackers send, since a proxy and a client that unfold differently see two headers, and two ends of a body if the
// line is one of framing. An LF alone as the end of a line is of the same kind.
//
// A body that ends with its connection may have been cut off, which nobody can tell: Response.UntilClose says so. It is no error. All other bodies that are cut off are, one of
// io.ErrUnexpectedEOF.
//
// # Limits
//
// Connections: 128 for an origin, 1024 in all, of which 32 for an origin are kept, for 60 s; 1024 requests wait for them. Times: 10 s for a free connection, 30 s to connect, 60 s to the head of the response, 60 s
// between pieces of a body; none for the whole. The head of a response: 256 KiB, 256 lines of 16 KiB. A body that ReadBody collects: 16 MiB; others have the limit of SetMaxBody.
//
// # Concurrency
//
// Everything is loop only, on the loop of the Doer, unless its comment says otherwise. The Deferred of a response may fire inside a callback of its connection, never inside Do unless
// the request cannot be sent at all. A Body's Start may be called inside Do.
//
// # Standards
//
// HTTP semantics (RFC 9110), HTTP/1.1 (RFC 9112), HTTP/2 (RFC 9113), HPACK (RFC 7541), extended CONNECT (RFC 8441), interim responses such as 103 Early Hints (RFC 8297). Not supported:
// pipelining, caches, HTTP/3, server push, Upgrade to h2c.
//
// Twisted: twisted.web.client.
package client
