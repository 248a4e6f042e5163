// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks_test

import (
	"context"
	"fmt"
	"io"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/socks"
	"github.com/torsion-go/torsion/core/reactor"
)

// A protocol reaches a host through a proxy, and does not notice. Here the proxy is a protocol that grants everything and is the host itself.
func ExampleClient() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		panic(err)
	}
	r.CallWhenRunning(func() {
		(&endpoint.MemoryServer{Loop: r, Name: "socks"}).Listen(protocol.ForProtocol(func() protocol.Protocol { return &granter{} }))
		c := &socks.Client{Inner: &endpoint.MemoryClient{Loop: r, Name: "socks"}, Loop: r, Host: "www.example.org", Port: 80}
		endpoint.Dial(c, func() *printer { return &printer{r: r} }).Done(func(_ *printer, err error) { fmt.Println("error:", err) })
	})
	r.Run(context.Background())
	// Output:
	// connected to www.example.org:80
	// error: <nil>
	// received: good day
}

type granter struct {
	protocol.Base
	asked bool
}

func (g *granter) DataReceived(t protocol.Transport, _ []byte) {
	if !g.asked {
		g.asked = true
		io.WriteString(t, "\x05\x00") // no login is needed
		return
	}
	io.WriteString(t, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00good day")
	t.LoseConnection()
}

type printer struct {
	protocol.Base
	r *reactor.Reactor
}

func (p *printer) ConnectionMade(t protocol.Transport) { fmt.Println("connected to", t.RemoteAddr()) }

func (p *printer) DataReceived(_ protocol.Transport, b []byte) { fmt.Printf("received: %s\n", b) }

func (p *printer) ConnectionLost(protocol.Transport, error) { p.r.Stop() }
