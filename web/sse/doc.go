// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package sse sends and receives Server-Sent Events: a response that goes on, which browsers read with EventSource, anybody with curl -N, and programs with a [Source].
//
// # Typical use
//
// The same events for everybody:
//
//	hub := sse.NewHub(sse.HubConfig{})
//	root.PutChild("events", hub)
//	hub.Publish(sse.Event{Name: "price", Data: "42"}) // from any goroutine
//
// Events for one client:
//
//	web.Get(func(r *web.Request) {
//		s, err := sse.Open(r, sse.Config{})
//		if err != nil {
//			return // to HEAD there is nothing more to say
//		}
//		ticker := task.NewLoopingCall(r.Loop(), func() error { return s.Send(sse.Event{Data: "tick"}) })
//		ticker.Start(time.Second, true)
//		r.NotifyEnd(func(error) { ticker.Stop() })
//	})
//
// Events from a server, on its loop or, with [Events], for a goroutine:
//
//	source := sse.NewSource(agent, &client.Request{URL: u}, sse.SourceConfig{}, func(e sse.Event) { ... })
//
// # The nouns
//
//   - An [Event] is what is sent; line breaks in its data arrive as line breaks.
//   - A [Stream] is the response to one request. It sends comments when it has nothing else to send, so that proxies keep it and a client that has vanished is noticed, by the site's Timeouts.Write.
//   - A [Hub] is a resource: whoever gets it gets what is published. It keeps the last events for clients that come back with Last-Event-ID, and for those that are slow.
//   - A [Source] is the client: it connects again when it is cut off, waits longer each time, and notices a server that is silent. A [Parser] is the format alone.
//
// # Slow clients
//
// Nothing waits for a client. A Stream holds at most Config.Queue bytes for one that does not read, then Send fails. A Hub holds no queues at all: its clients are places in the one history, and what becomes
// of one that is too far behind is said by HubConfig.Slow. It is the same for all if events are published faster than the loops can send them.
//
// # Concurrency
//
// A Stream and a Source are loop only. Events is for any goroutine but the loop's. A Hub is safe from any goroutine and serves the clients of any number of loops.
//
// # Standards
//
// The WHATWG's HTML standard, section 9.2 (Server-sent events).
package sse
