// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"flag"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/peers"
)

var (
	requests = flag.Int("requests", 141, "how many requests TestMatrix sends for each server, version and proxy; less than 141 leaves kinds of them out")
	whole    = flag.Bool("whole", false, "have TestMatrix take each proxy for each server and version, rather than one of them")
)

// concurrent is how many requests are on their way at a time. There are fewer connections: they wait for each other.
const concurrent, perHost = 64, 24

// A version is how HTTP is spoken.
type version struct {
	name   string
	scheme string
	http2  client.HTTP2
	port   func(p ports) int
}

var versions = []version{
	{"HTTP1", "http", client.HTTP2Off, func(p ports) int { return p.plain }},
	{"HTTP1-TLS", "https", client.HTTP2Off, func(p ports) int { return p.secure }},
	{"HTTP2", "http", client.HTTP2PriorKnowledge, func(p ports) int { return p.h2c }},
	{"HTTP2-TLS", "https", client.HTTP2Auto, func(p ports) int { return p.secure }},
}

func TestMatrix(t *testing.T) {
	s, r := newSite(t), peers.Reactor(t)
	urls := make([]string, len(proxies))
	for i, p := range proxies {
		if p.missing() == "" {
			urls[i] = p.begin(t, s)
		}
	}
	for k, v := range servers {
		t.Run(v.name, func(t *testing.T) {
			ports := v.begin(t, s)
			for j, over := range versions {
				for i, p := range proxies {
					if !*whole && i != 0 && i != 1+(k+j)%(len(proxies)-1) {
						continue
					}
					t.Run(over.name+"/"+p.name, func(t *testing.T) {
						if why := p.missing(); why != "" {
							t.Skip(why)
						}
						c := &cell{r, s, v, over, ports, p.name, urls[i]}
						c.run(t)
					})
				}
			}
		})
	}
}

// A cell is one server, version and way.
type cell struct {
	r     *reactor.Reactor
	site  *site
	v     server
	over  version
	ports ports
	way   string // the name of a proxy
	proxy string // its URL, or ""
}

func (c *cell) run(t *testing.T) {
	port := c.over.port(c.ports)
	if port == 0 || c.v.noHTTP1 && c.over.http2 == client.HTTP2Off {
		t.Skipf("%s does not speak that", c.v.name)
	}
	agent, err := client.New(c.r, client.Config{
		Pool: client.PoolLimits{PerHost: perHost}, HTTP2: c.over.http2, Proxy: through(t, c.proxy), TLS: client.TLSPolicy{Options: tlswrap.ClientOptions{Roots: c.site.roots}},
		Timeouts: client.Timeouts{Wait: time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	by, base := senders(t, c.r, agent), parse(t, local(c.over.scheme, port))
	proto := "HTTP/1.1"
	if c.over.http2 != client.HTTP2Off {
		proto = "HTTP/2.0"
	}
	tunnel := c.over.scheme == "https" || c.over.http2 != client.HTTP2Off || c.proxy == "" || c.proxy[:5] == "socks"
	// Only idempotent requests may be sent again (RFC 9112 section 9.3.1), so there are no others where some are lost: tinyproxy closes each connection after one response without saying so; and when
	// nginx, which has said so, ends a connection of HTTP/2, tinyproxy and squid close their other side at once, with what they had not passed on. (net/http's client loses one of 3,000 POSTs there.)
	closes := !tunnel && c.way == "tinyproxy" || c.v.name == "nginx" && c.over.http2 != client.HTTP2Off && (c.way == "tinyproxy" || c.way == "squid")
	asks := c.site.asks(c.v, closes)
	var next, faults atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range concurrent {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < *requests && faults.Load() < 10; i = int(next.Add(1)) - 1 {
				q, u := asks[i%len(asks)], *base.URL
				u.Path = q.path
				a, err := by[i%len(by)](t, q, &u)
				if err == nil {
					err = q.fault(a)
				}
				if err == nil && tunnel && a.proto != proto {
					t.Errorf("%s, not %s", a.proto, proto)
				}
				if err != nil {
					faults.Add(1)
					t.Errorf("%s by %s: %v", q.kind, [...]string{"Agent", "http.Client", "fetch"}[i%len(by)], err)
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(begin)
	stats, err := peers.Wait(t, c.r, func() *deferred.Deferred[client.Stats] {
		before := agent.Stats()
		return deferred.Then(agent.Close(), func(struct{}) (client.Stats, error) {
			if after := agent.Stats(); after.Open != 0 {
				t.Errorf("after Close: %+v", after)
			}
			return before, nil
		})
	})
	if err != nil || stats.Waiting != 0 || stats.Open > perHost {
		t.Errorf("%+v, %v", stats, err)
	}
	t.Logf("%d requests, %d connections, %d/s", stats.Requests, stats.Dials, int64(float64(*requests)/took.Seconds()))
}
