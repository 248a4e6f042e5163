// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"fmt"
	"time"

	"github.com/torsion-go/torsion/web"
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
