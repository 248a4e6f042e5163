// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sse_test

import (
	"fmt"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/sse"
	"github.com/torsion-go/torsion/web/webtest"
)

func ExampleHub() {
	hub := sse.NewHub(sse.HubConfig{})
	c := webtest.Connect(web.NewSite(hub, web.Config{}), webtest.Config{})
	res := c.Do(webtest.Request{})
	hub.Publish(sse.Event{ID: "1", Name: "price", Data: "42"})
	c.Settle()
	fmt.Print(res.Body)
	// Output:
	// id: 1
	// event: price
	// data: 42
}
