// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/jsonrpc"
	"github.com/torsion-go/torsion/web/rpc"
	"github.com/torsion-go/torsion/web/sse"
	"github.com/torsion-go/torsion/web/websocket"
	"github.com/torsion-go/torsion/web/webtest"
	"github.com/torsion-go/torsion/web/xmlrpc"
)

func Example_http2() {
	root := web.Func(func(r *web.Request) { r.WriteString("hello") })
	for _, cfg := range []client.Config{
		{},                                  // as the server likes, by ALPN
		{HTTP2: client.HTTP2Off},            // never
		{HTTP2: client.HTTP2PriorKnowledge}, // always
	} {
		agent, clock := over(root, cfg)
		var asked []*deferred.Deferred[*client.Response]
		for range 4 {
			asked = append(asked, agent.Do(&client.Request{URL: target("https://example.org/")}))
		}
		all, err := webtest.Result(clock, deferred.Gather(asked...))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(all[0].Proto, "connections:", agent.Stats().Dials)
		for _, res := range all {
			res.StopBody()
		}
	}
	// Output:
	// HTTP/2.0 connections: 1
	// HTTP/1.1 connections: 4
	// HTTP/2.0 connections: 1
}

// prices prints what comes, and goes on when the connection was lost.
func prices(agent client.Doer, u *url.URL, log *slog.Logger) *sse.Source {
	return sse.NewSource(agent, &client.Request{URL: u}, sse.SourceConfig{Idle: time.Minute, Logger: log}, func(e sse.Event) {
		fmt.Println(e.Name, e.Data)
	})
}

func Example_events() {
	hub := sse.NewHub(sse.HubConfig{})
	agent, clock := over(hub, client.Config{})
	source := prices(agent, target("http://example.org/prices"), nil)
	settle(clock)
	hub.Publish(sse.Event{Name: "price", Data: "42"})
	hub.Publish(sse.Event{Name: "price", Data: "43"})
	settle(clock)
	source.Close()
	show(clock, source.Done())
	// Output:
	// price 42
	// price 43
	// {}
}

// first is for goroutines: it returns the next event, and leaves.
func first(ctx context.Context, agent client.Doer, u *url.URL) (string, error) {
	for e, err := range sse.Events(ctx, agent, &client.Request{URL: u}, sse.SourceConfig{}) {
		return e.Data, err
	}
	return "", errors.New("the server has nothing more to say")
}

func Example_eventsOfGoroutines() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	hub := sse.NewHub(sse.HubConfig{})
	hub.Publish(sse.Event{ID: "1", Data: "hello"})
	hub.Publish(sse.Event{ID: "2", Data: "again"})
	port, err := endpoint.ListenString(r, "tcp:0:interface=127.0.0.1", web.NewSite(hub, web.Config{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	agent, err := client.New(r, client.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error, 1) // one end
	go func() { ended <- r.Run(context.Background()) }()
	u := target("http://" + port.Addr().String())
	for _, err := range sse.Events(context.Background(), agent, &client.Request{URL: u}, sse.SourceConfig{LastEventID: "1"}) {
		fmt.Println(err)
		break
	}
	hub.Close()
	fmt.Println(first(context.Background(), agent, u))
	r.CallFromThread(func() { r.Stop() })
	fmt.Println(<-ended)
	// Output:
	// <nil>
	//  the server has nothing more to say
	// <nil>
}

// A caller says one thing, and prints the answer.
type caller struct{ websocket.Base }

func (caller) Open(c *websocket.Conn) { c.SendText("hello") }

func (caller) Message(c *websocket.Conn, kind websocket.Kind, p []byte) {
	fmt.Printf("%s\n", p)
	c.Close(websocket.NormalClosure, "")
}

func (caller) Close(c *websocket.Conn, err *websocket.CloseError) { fmt.Println(err.Code) }

func call(agent client.Doer) *deferred.Deferred[*websocket.Conn] {
	return websocket.Dial(agent, "wss://example.org/echo", caller{}, websocket.DialConfig{})
}

func Example_websocket() {
	agent, clock := over(websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
		return websocket.Func(func(c *websocket.Conn, kind websocket.Kind, p []byte) { c.Send(kind, p) }), nil
	}, websocket.Config{}), client.Config{})
	if _, err := webtest.Result(clock, call(agent)); err != nil {
		fmt.Println(err)
	}
	settle(clock)
	// Output:
	// hello
	// 1000 (normal closure)
}

// sums calls the same procedure by XML-RPC and by JSON-RPC.
func sums(agent client.Doer) (*deferred.Deferred[[]int], error) {
	x, err := xmlrpc.NewProxy(agent, "http://example.org/RPC2", xmlrpc.ProxyConfig{})
	if err != nil {
		return nil, err
	}
	j, err := jsonrpc.NewClient(agent, "http://example.org/jsonrpc", jsonrpc.ClientConfig{})
	if err != nil {
		return nil, err
	}
	return deferred.Gather(
		xmlrpc.Call[int](x, "add", 1, 2),
		jsonrpc.Call[int](j, "add", []int{3, 4}),
	), nil
}

func Example_rpc() {
	table := rpc.Methods{"add": func(a, b int) int { return a + b }}
	var root web.Tree
	root.PutChild("RPC2", xmlrpc.New(table, xmlrpc.Config{}))
	root.PutChild("jsonrpc", jsonrpc.New(table, jsonrpc.Config{}))
	agent, clock := over(&root, client.Config{})
	d, err := sums(agent)
	if err != nil {
		fmt.Println(err)
		return
	}
	show(clock, d)
	// Output: [3 7]
}
