// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"context"
	"fmt"
	"net/url"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/websocket"
)

// greeter says hello, and prints what it hears.
type greeter struct{ websocket.Base }

func (greeter) Open(c *websocket.Conn) { c.SendText("hello") }

func (greeter) Message(c *websocket.Conn, kind websocket.Kind, p []byte) {
	fmt.Printf("%s: %s\n", kind, p)
	c.Close(websocket.NormalClosure, "")
}

func (greeter) Close(_ *websocket.Conn, err *websocket.CloseError) { fmt.Println(err.Code) }

// pair returns a client of a site in memory, and a function that lets things happen.
func pair(root web.Resource) (*client.Agent, func()) {
	clock := protocoltest.NewClock()
	var network endpoint.MemoryNetwork
	(&endpoint.MemoryServer{Loop: clock, Name: "site", Network: &network}).Listen(web.NewSite(root, web.Config{}))
	agent, err := client.New(clock, client.Config{Endpoint: func(protocol.Loop, *url.URL) (endpoint.Client, error) {
		return &endpoint.MemoryClient{Loop: clock, Name: "site", Network: &network}, nil
	}})
	if err != nil {
		panic(err)
	}
	return agent, func() {
		for range 20 {
			clock.Advance(0)
			clock.Settle()
		}
	}
}

func ExampleServer() {
	echo := websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
		return websocket.Func(func(c *websocket.Conn, kind websocket.Kind, p []byte) { c.Send(kind, p) }), nil
	}, websocket.Config{})

	agent, settle := pair(echo)
	websocket.Dial(agent, "ws://site/", greeter{}, websocket.DialConfig{})
	settle()
	// Output:
	// text: hello
	// 1000 (normal closure)
}

// joiner is a member of a hub.
type joiner struct {
	websocket.Base
	hub *websocket.Hub
}

func (j joiner) Open(c *websocket.Conn) { j.hub.Join(c) }

func ExampleHub() {
	hub := websocket.NewHub(websocket.HubConfig{})
	room := websocket.NewServer(func(r *web.Request) (websocket.Handler, error) { return joiner{hub: hub}, nil }, websocket.Config{})

	agent, settle := pair(room)
	for _, name := range []string{"ann", "bob"} {
		websocket.Dial(agent, "ws://site/", websocket.Func(func(_ *websocket.Conn, _ websocket.Kind, p []byte) {
			fmt.Printf("%s hears %s\n", name, p)
		}), websocket.DialConfig{})
	}
	settle()
	hub.Send(websocket.Text, []byte("dinner")) // from any goroutine
	settle()
	// Unordered output:
	// ann hears dinner
	// bob hears dinner
}

func ExampleFactory() {
	shout := protocol.ForProtocol(func() protocol.Protocol {
		return &protocoltest.Accumulating{OnData: func(t protocol.Transport, p []byte) { t.Write(append(p, '!')) }}
	})
	agent, settle := pair(websocket.NewServer(websocket.Factory(shout), websocket.Config{}))
	e := &websocket.Endpoint{Doer: agent, URL: "ws://site/"}
	c := &protocoltest.Accumulating{OnMade: func(t protocol.Transport) { t.Write([]byte("hello")) }}
	e.Connect(protocol.ForProtocol(func() protocol.Protocol { return c }))
	settle()
	fmt.Printf("%s\n", c.Data())
	// Output: hello!
}

func ExampleBlocking() {
	websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
		return websocket.Blocking(func(ctx context.Context, c *websocket.BlockingConn) error {
			for {
				kind, p, err := c.Read(ctx)
				if err != nil {
					return err
				}
				if err := c.Write(ctx, kind, p); err != nil {
					return err
				}
			}
		}), nil
	}, websocket.Config{})
}

func ExampleNewService() {
	echo := websocket.NewServer(func(r *web.Request) (websocket.Handler, error) {
		return websocket.Func(func(c *websocket.Conn, kind websocket.Kind, p []byte) { c.Send(kind, p) }), nil
	}, websocket.Config{})
	agent, settle := pair(echo)

	s := websocket.NewService(agent, "ws://site/", func() websocket.Handler { return greeter{} }, websocket.DialConfig{}, service.ClientConfig{Logger: quiet})
	s.Start()
	settle()
	fmt.Println(s.State()) // the greeter has closed: the next attempt follows
	s.Stop()
	settle()
	// Output:
	// text: hello
	// 1000 (normal closure)
	// waiting
}
