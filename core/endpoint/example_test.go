// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A server and a client talk in memory; only the two descriptions have to change for sockets or TLS.
func Example() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	server, err := endpoint.ServerFromString(r, "memory:greeter")
	if err != nil {
		panic(err)
	}
	client, err := endpoint.ClientFromString(r, "memory:greeter")
	if err != nil {
		panic(err)
	}
	r.CallWhenRunning(func() {
		server.Listen(protocol.ForProtocol(func() greeter { return greeter{} }))
		endpoint.Dial(client, func() *printer { return &printer{r: r} }).Done(func(p *printer, err error) {
			fmt.Println("connected:", p != nil, err)
		})
	})
	r.Run(context.Background())
	// Output:
	// connected: true <nil>
	// received: good day
}

type greeter struct{ protocol.Base }

func (greeter) ConnectionMade(t protocol.Transport) {
	io.WriteString(t, "good day")
	t.LoseConnection()
}

type printer struct {
	protocol.Base
	r *reactor.Reactor
}

func (p *printer) DataReceived(_ protocol.Transport, b []byte) { fmt.Printf("received: %s\n", b) }

func (p *printer) ConnectionLost(protocol.Transport, error) { p.r.Stop() }

// What is wrong with a description is told in one line, or in three.
func ExampleError() {
	_, err := endpoint.ServerFromString(nil, "haproxy:tcp:http:backlog=5")
	fmt.Println(err)
	var e *endpoint.Error
	if errors.As(err, &e) {
		fmt.Println(e.Detail())
	}
	// Output:
	// endpoint: "haproxy:tcp:http:backlog=5": port: not a decimal integer: "http"
	// endpoint: port: not a decimal integer: "http"
	//   "haproxy:tcp:http:backlog=5"
	//                ^
}

// A type of one's own.
func ExampleRegistry_RegisterClient() {
	reg := endpoint.NewRegistry()
	reg.RegisterClient("loopback", func(r endpoint.Reactor, a *endpoint.Args) (endpoint.Client, error) {
		a.Order("port")
		a.Require("port")
		c := &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: a.Int("port", 0)}
		return c, a.Err()
	})
	c, err := reg.ClientFromString(nil, "loopback:8080")
	fmt.Println(c.(*endpoint.TCPClient).Host, c.(*endpoint.TCPClient).Port, err)
	_, err = reg.ClientFromString(nil, "loopback:8080:fast=yes")
	fmt.Println(err)
	// Output:
	// 127.0.0.1 8080 <nil>
	// endpoint: "loopback:8080:fast=yes": unknown keyword: "fast"
}
