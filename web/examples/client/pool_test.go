// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/webtest"
)

// gentle never has more than two connections to a server.
var gentle = client.Config{Pool: client.PoolLimits{
	PerHost:    2,                // others wait their turn
	MaxWaiting: 100,              // and more than 100 fail at once, with ErrBusy
	Idle:       10 * time.Second, // a connection without a request is closed then
}}

func Example_pool() {
	agent, clock := over(web.Func(func(r *web.Request) { r.WriteString("hello") }), gentle)
	var ds []*deferred.Deferred[string]
	for range 10 {
		ds = append(ds, get(agent, "http://example.org/"))
	}
	fmt.Println("waiting:", agent.Stats().Waiting)
	if _, err := webtest.Result(clock, deferred.Gather(ds...)); err != nil {
		fmt.Println(err)
	}
	s := agent.Stats()
	fmt.Println("requests:", s.Requests, "connections:", s.Dials)
	// Output:
	// waiting: 8
	// requests: 10 connections: 2
}

// A portal is a page that asks another server. It is served on any number of loops: each has connections of its own.
type portal struct {
	agent *client.Agent
	news  *url.URL
}

func (p *portal) Render(r *web.Request) {
	d := p.agent.On(r.Loop()).Do(&client.Request{URL: p.news})
	web.Later(r, deferred.ThenD(d, body), func(text string) { fmt.Fprint(r, "The news: ", text) })
}

func Example_loops() {
	r, err := reactor.New(reactor.Config{Loops: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	agent, err := client.New(r, client.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	listen := func(root web.Resource) *url.URL {
		port, err := endpoint.ListenString(r, "tcp:0:interface=127.0.0.1:loops=auto", web.NewSite(root, web.Config{}))
		if err != nil {
			panic(err)
		}
		return target("http://" + port.Addr().String())
	}
	page := listen(&portal{agent, listen(web.Get(func(r *web.Request) { r.WriteString("none") }))})
	ended := make(chan error, 1) // one end
	go func() { ended <- r.Run(context.Background()) }()

	fmt.Println(deferred.BlockingCallFromThread(context.Background(), r, func() *deferred.Deferred[string] { return get(agent, page.String()) }))
	r.CallFromThread(func() { r.Stop() })
	fmt.Println(<-ended)
	// Output:
	// The news: none <nil>
	// <nil>
}
