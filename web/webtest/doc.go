// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package webtest sends requests to resources and sites in memory, and has clients send theirs: through the whole server and the whole client, without sockets, goroutines or waiting.
//
// # Typical use
//
//	res := webtest.Get(root, "/notes?page=2")
//	// res.Status, res.Header, res.Body
//
// Several requests on a connection, a form, a slow client, a timeout:
//
//	c := webtest.Connect(web.NewSite(root, web.Config{}), webtest.Config{})
//	res := c.Do(webtest.Request{Method: "POST", Target: "/notes", Body: "text=hello"})
//	c.Advance(30 * time.Second) // what waits on the clock runs; res is brought up to date
//	c.Lose()                    // the client goes away
//
// The same over HTTP/2:
//
//	for _, http2 := range []bool{false, true} {
//		c := webtest.Connect(site, webtest.Config{HTTP2: http2})
//		...
//	}
//
// The code under test is a client:
//
//	stub := webtest.NewStub(webtest.Answer{URL: "http://weather.example/today", Body: "sunny"})
//	agent := webtest.NewAgent(clock, web.NewSite(stub, web.Config{}), client.Config{})
//	res, err := webtest.Result(clock, agent.Do(&client.Request{URL: u}))
//
// # The nouns
//
//   - A [Request] says what to send.
//   - A [Conn] is a connection to a site, whose client is the test. Its [Config] holds addresses and TLS state, its Clock is the loop.
//   - A [Response] is what has come back so far. It is brought up to date by whatever moves the connection on.
//   - [NewAgent] makes a client.Agent whose servers are all one site. A [Stub] is such a site, by a table of [Answer]s; [Result] runs the loop until a Deferred has fired.
//
// A resource that works on other goroutines, such as web.Handler or one that uses deferred.ToThread, is waited for with [Response.Wait].
//
// # Concurrency
//
// All of it belongs to one goroutine, that of the test, which is the loop of the connection.
//
// # Standards
//
// HTTP/1.1 (RFC 9112), and with [Config].HTTP2 HTTP/2 (RFC 9113): the client answers what it is asked, opens its windows for whatever comes and keeps to those of the server.
//
// Twisted: web.test.requesthelper (DummyRequest, DummyChannel).
package webtest
