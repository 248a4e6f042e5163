// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"maps"
	"net/http/httptrace"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/exchange"
)

// An Agent sends requests over connections that it keeps, on one loop. It follows no redirects, keeps no cookies and decodes nothing: other Doers around it do. Its methods are
// loop only unless they say otherwise. Twisted: Agent with an HTTPConnectionPool.
type Agent struct {
	loop  protocol.Loop
	all   *agents
	pools map[origin]*exchange.Pool
	sweep int // with so many pools, those that are not in use go
	group exchange.Group
	stats Stats
}

// agents is what the Agents of all loops share.
type agents struct {
	cfg    Config
	tls    tlsCache
	mu     sync.Mutex
	of     map[protocol.Loop]*Agent // guarded by mu
	closed atomic.Bool
}

var _ Doer = (*Agent)(nil)

// New returns an Agent on that loop. An error is about cfg.
func New(loop protocol.Loop, cfg Config) (*Agent, error) {
	s := &agents{cfg: cfg.withDefaults()}
	s.tls.init(&s.cfg.TLS)
	if err := s.cfg.check(); err != nil {
		return nil, err
	}
	return s.on(loop), nil
}

// Loop returns the loop of the Agent. Safe from any goroutine.
func (a *Agent) Loop() protocol.Loop { return a.loop }

// On returns the Agent of another loop, with the same configuration and connections of its own: always the same one for a loop, as long as that runs. Safe from any goroutine.
func (a *Agent) On(loop protocol.Loop) *Agent { return a.all.on(loop) }

func (s *agents) on(loop protocol.Loop) *Agent {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.of[loop]
	if a == nil {
		if s.of == nil {
			s.of = make(map[protocol.Loop]*Agent)
		}
		maps.DeleteFunc(s.of, func(loop protocol.Loop, _ *Agent) bool { return ended(loop) })
		a = &Agent{loop: loop, all: s, pools: make(map[origin]*exchange.Pool), sweep: sweepMin}
		a.group.Max = s.cfg.Pool.Total
		s.of[loop] = a
	}
	return a
}

// ended reports whether nothing happens on loop any more.
func ended(loop protocol.Loop) bool {
	select {
	case <-loop.Done():
		return true
	default:
		return false
	}
}

// Do sends r. See [Doer].
func (a *Agent) Do(r *Request) *deferred.Deferred[*Response] {
	c := &call{a: a, req: r, state: callSending}
	c.d = deferred.NewCancellable(a.loop, c.cancelled)
	a.stats.Requests++
	pool, err := a.prepare(c)
	if err != nil {
		c.fail(PhaseRequest, err)
		return c.d
	}
	if !c.over { // by a hook
		c.send(pool)
	}
	return c.d
}

// sweepMin is the number of origins up to which nothing is swept.
const sweepMin = 64

// pool returns the connections to an origin. Pools without any connection are dropped when there are twice as many as were in use, so that their number is bounded by that of
// the connections.
func (a *Agent) pool(c *call, o origin) (*exchange.Pool, error) {
	if p := a.pools[o]; p != nil {
		return p, nil
	}
	u := c.req.URL
	client, err := a.endpoint(u, o, nil)
	if err != nil {
		return nil, err
	}
	if len(a.pools) >= a.sweep {
		for o, p := range a.pools {
			if !p.Busy() {
				delete(a.pools, o)
			}
		}
		a.sweep = max(sweepMin, 2*len(a.pools))
	}
	cfg := a.all.cfg.exchange(&a.group, o.secure)
	cfg.Traced = func(t *httptrace.ClientTrace) (endpoint.Client, error) { return a.endpoint(u, o, t) }
	p := exchange.NewPool(a.loop, client, cfg)
	a.pools[o] = p
	return p, nil
}

// Stats are counts of one Agent, on its loop.
type Stats struct {
	Origins  int   // that have connections, or had some a while ago
	Open     int   // connections, those being made included
	Idle     int   // connections that wait for a request
	Waiting  int   // requests that wait for a connection
	Dials    int64 // connections that were begun
	Requests int64
	Failed   int64 // requests
}

// Stats returns the counts of now.
func (a *Agent) Stats() Stats {
	s := a.stats
	s.Origins = len(a.pools)
	for _, p := range a.pools {
		s.Open += p.Open()
		s.Idle += p.Idle()
		s.Waiting += p.Waiting()
		s.Dials += p.Dials()
	}
	return s
}
