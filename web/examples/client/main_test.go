// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/webtest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// over returns an Agent whose servers are all root, in memory, and the clock that is its loop.
func over(root web.Resource, cfg client.Config) (*client.Agent, *protocoltest.Clock) {
	clock := protocoltest.NewClock()
	return webtest.NewAgent(clock, web.NewSite(root, web.Config{}), cfg), clock
}

// target returns a URL that is known to be one.
func target(text string) *url.URL {
	u, err := client.ParseURL(text)
	if err != nil {
		panic(err)
	}
	return u
}

// body returns what a response says.
func body(res *client.Response) *deferred.Deferred[string] {
	return deferred.Then(res.ReadBody(0), func(p []byte) (string, error) { return string(p), nil })
}

// get returns what is at u.
func get(d client.Doer, u string) *deferred.Deferred[string] {
	return deferred.ThenD(d.Do(&client.Request{URL: target(u)}), body)
}

// show prints a result, or the error.
func show[T any](clock *protocoltest.Clock, d *deferred.Deferred[T]) {
	v, err := webtest.Result(clock, d)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v)
}

// onReactor calls f on a goroutine beside a reactor, with an Agent there.
func onReactor(cfg client.Config, f func(ctx context.Context, r *reactor.Reactor, agent *client.Agent)) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	agent, err := client.New(r, cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error, 1) // one end
	go func() { ended <- r.Run(context.Background()) }()
	f(context.Background(), r, agent)
	r.CallFromThread(func() { r.Stop() })
	if err := <-ended; err != nil {
		fmt.Println(err)
	}
}

// temporary returns a folder and what removes it.
func temporary() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "client")
	if err != nil {
		panic(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

// settle lets everything happen that can happen at this moment.
func settle(clock *protocoltest.Clock) {
	for range 50 {
		clock.Advance(0)
		clock.Settle()
	}
}
