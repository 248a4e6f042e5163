// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/url"
	"time"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/sse"
	"github.com/torsion-go/torsion/web/webtest"
)

func ExampleHub() {
	hub := sse.NewHub(sse.HubConfig{})
	var root web.Tree
	root.PutChild("prices", hub)

	c := webtest.Connect(web.NewSite(&root, web.Config{}), webtest.Config{})
	res := c.Do(webtest.Request{Target: "/prices"})
	hub.Publish(sse.Event{ID: "1", Name: "price", Data: "42"}) // from any goroutine
	c.Settle()
	fmt.Print(res.Body)
	// Output:
	// id: 1
	// event: price
	// data: 42
}

func ExampleOpen() {
	countdown := web.Get(func(r *web.Request) {
		s, err := sse.Open(r, sse.Config{})
		if err != nil {
			return // to HEAD there is nothing more to say
		}
		var tick func(n int)
		tick = func(n int) {
			if s.Send(sse.Event{Data: fmt.Sprint(n)}) != nil {
				return // the client is gone
			}
			if n == 0 {
				s.Close()
				return
			}
			r.Loop().CallLater(time.Second, func() { tick(n - 1) })
		}
		tick(2)
	})

	c := webtest.Connect(web.NewSite(countdown, web.Config{}), webtest.Config{})
	res := c.Do(webtest.Request{})
	for range 2 {
		c.Advance(time.Second)
	}
	fmt.Print(res.Body, res.Finished)
	// Output:
	// data: 2
	//
	// data: 1
	//
	// data: 0
	//
	// true
}

// A server in memory; programs have client.New and a reactor instead.
func ExampleNewSource() {
	loop := protocoltest.NewClock()
	hub := sse.NewHub(sse.HubConfig{})
	agent := webtest.NewAgent(loop, web.NewSite(hub, web.Config{}), client.Config{})

	u, err := url.Parse("https://prices.example/")
	if err != nil {
		log.Fatal(err)
	}
	source := sse.NewSource(agent, &client.Request{URL: u}, sse.SourceConfig{
		Opened: func(*client.Response) {
			fmt.Println("connected")
			hub.Publish(sse.Event{ID: "1", Name: "price", Data: "42"})
			hub.Close() // which tells the client, when it comes back, that there will be nothing more
		},
		Lost: func(err error, _ time.Duration) { fmt.Println("lost:", err) },
	}, func(e sse.Event) { fmt.Println(e.ID, e.Name, e.Data) })
	webtest.Result(loop, source.Done()) // the loop runs
	loop.Advance(4 * time.Second)
	_, err = webtest.Result(loop, source.Done())
	fmt.Println("over:", err)
	// Output:
	// connected
	// 1 price 42
	// lost: EOF
	// over: <nil>
}

// Events on a goroutine, while the reactor runs on another one.
func ExampleEvents() {
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	countdown := web.Get(func(r *web.Request) {
		s, err := sse.Open(r, sse.Config{})
		if err != nil {
			return
		}
		for n := range 3 {
			s.Send(sse.Event{Data: fmt.Sprint(2 - n)})
		}
	})
	server, err := r.ListenTCP("127.0.0.1:0", web.NewSite(countdown, web.Config{}), reactor.ListenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	agent, err := client.New(r, client.Config{})
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- r.Run(context.Background()) }()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for e, err := range sse.Events(ctx, agent, &client.Request{URL: &url.URL{Scheme: "http", Host: server.Addr().String()}}, sse.SourceConfig{}) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(e.Data)
		if e.Data == "0" {
			break
		}
	}
	r.Stop()
	fmt.Println(<-ended)
	// Output:
	// 2
	// 1
	// 0
	// <nil>
}
