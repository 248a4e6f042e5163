// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

// A pair is an Agent and a Site in memory, on one clock.
type pair struct {
	clock *protocoltest.Clock
	agent *client.Agent
	site  *web.Site
}

func newPair(t *testing.T, clock *protocoltest.Clock, version client.HTTP2, root web.Resource) *pair {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	p := &pair{clock: clock, site: web.NewSite(root, web.Config{Logger: quiet})}
	var network endpoint.MemoryNetwork
	(&endpoint.MemoryServer{Loop: p.clock, Name: "site", Network: &network}).Listen(p.site)
	agent, err := client.New(p.clock, client.Config{HTTP2: version, Logger: quiet, Endpoint: func(protocol.Loop, *url.URL) (endpoint.Client, error) {
		return &endpoint.MemoryClient{Loop: p.clock, Name: "site", Network: &network}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	p.agent = agent
	t.Cleanup(p.clock.End)
	return p
}

// join upgrades a request: server and c get the two ends.
func (p *pair) join(t *testing.T, c protocol.Protocol) {
	p.agent.Do(&client.Request{URL: parse(t, "http://site/"), Upgrade: "raw"}).Done(func(res *client.Response, err error) {
		if err == nil {
			err = res.Upgrade(c)
		}
		if err != nil {
			t.Error(err)
		}
	})
}

func granting(t *testing.T, server func() protocol.Protocol) web.Resource {
	return web.Func(func(r *web.Request) {
		if err := r.Upgrade(server()); err != nil {
			t.Error(err)
		}
	})
}

var httpVersions = map[string]client.HTTP2{"HTTP/1.1": client.HTTP2Off, "HTTP/2": client.HTTP2PriorKnowledge}

// The ends of an upgraded connection, and of a stream of HTTP/2, keep all the rules of a transport.
func TestUpgradeConformance(t *testing.T) {
	for name, version := range httpVersions {
		t.Run(name, func(t *testing.T) {
			protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
				clock := protocoltest.NewClock()
				return protocoltest.Harness{
					Connect: func(server, c protocol.Protocol) {
						p := newPair(t, clock, version, granting(t, func() protocol.Protocol { return server }))
						p.join(t, c)
					},
					Wait: func(done <-chan struct{}) bool {
						for range 100 {
							select {
							case <-done:
								return true
							default:
								clock.Advance(0)
								clock.Settle()
							}
						}
						return false
					},
					Settle: func() { settle(clock) },
				}
			})
		})
	}
}

// ends is a protocol that notes the ends of both directions.
type ends struct{ protocoltest.Accumulating }

func (e *ends) ReadConnectionLost(protocol.Transport)  { e.Note("read-end") }
func (e *ends) WriteConnectionLost(protocol.Transport) { e.Note("write-end") }

// Half-close is the same over both versions, from whichever side it comes.
func TestUpgradeHalfClose(t *testing.T) {
	for name, version := range httpVersions {
		for _, first := range []string{"server", "client"} {
			t.Run(name+" "+first, func(t *testing.T) {
				s, c := new(ends), new(ends)
				p := newPair(t, protocoltest.NewClock(), version, granting(t, func() protocol.Protocol { return s }))
				p.join(t, c)
				settle(p.clock)
				a, b := s, c
				if first == "client" {
					a, b = c, s
				}
				end := func(e *ends, data string) {
					io.WriteString(e.Transport(), data)
					h, ok := protocol.As[protocol.HalfCloseTransport](e.Transport())
					if !ok {
						t.Fatal("no half-close")
					}
					h.LoseWriteConnection()
					settle(p.clock)
				}
				end(a, "one")
				if got := fmt.Sprint(a.Events(), b.Events()); got != "[made write-end] [made data read-end]" {
					t.Errorf("after the first: %s", got)
				}
				end(b, "two")
				if got := fmt.Sprint(a.Events(), b.Events()); got != "[made write-end data read-end lost] [made data read-end write-end lost]" {
					t.Errorf("after both: %s", got)
				}
				if got := fmt.Sprintf("%s %s %v %v", a.Data(), b.Data(), a.Reason(), b.Reason()); got != "two one "+fmt.Sprint(protocol.Done(io.EOF), " ", protocol.Done(io.EOF)) {
					t.Error(got)
				}
			})
		}
	}
}
