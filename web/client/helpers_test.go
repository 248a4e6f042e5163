// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// inMemory returns an Agent that reaches site under every name, and its loop.
func inMemory(t testing.TB, site protocol.Factory, cfg client.Config) (*client.Agent, *protocoltest.Clock) {
	t.Helper()
	clock := protocoltest.NewClock()
	network := new(endpoint.MemoryNetwork)
	(&endpoint.MemoryServer{Loop: clock, Name: "server", Network: network}).Listen(site)
	if cfg.Endpoint == nil {
		cfg.Endpoint = func(loop protocol.Loop, _ *url.URL) (endpoint.Client, error) {
			return &endpoint.MemoryClient{Loop: loop, Name: "server", Network: network}, nil
		}
	}
	a, err := client.New(clock, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a, clock
}

func serve(f func(r *web.Request)) protocol.Factory {
	return web.NewSite(web.Func(f), web.Config{})
}

func parse(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// settle turns the loop, without moving the time, until nothing is left to do.
func settle(clock *protocoltest.Clock) {
	for range 10000 {
		clock.Settle()
		if !slices.ContainsFunc(clock.Calls(), func(c protocol.DelayedCall) bool { return !c.Time().After(clock.Now()) }) {
			return
		}
		clock.Advance(0)
	}
	panic("there is no end to it")
}
