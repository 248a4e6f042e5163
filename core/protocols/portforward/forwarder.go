// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package portforward

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Forwarder is a factory whose connections are carried to the upstream. Safe from any goroutine. Twisted: ProxyFactory.
type Forwarder struct {
	cfg     Config
	factory protocol.Factory // with the limits
	limiter *policy.Limiter

	mu      sync.Mutex
	clients map[protocol.Loop]endpoint.Client // guarded by mu

	active, accepted, failed, in, out atomic.Int64
	lines                             loglimit.Limit
}

// New returns a Forwarder.
func New(cfg Config) (*Forwarder, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	f := &Forwarder{cfg: cfg, clients: map[protocol.Loop]endpoint.Client{}}
	if cfg.Limits.Logger == nil {
		cfg.Limits.Logger = cfg.Logger
	}
	if f.limiter, err = policy.NewLimiter(cfg.Limits); err != nil {
		return nil, err
	}
	f.factory = protocol.FactoryFunc(f.build)
	if f.cfg.limited() {
		f.factory = f.limiter.Wrap(f.factory)
	}
	return f, nil
}

// limited reports whether there are limits, without which the connections need no wrapper.
func (c *Config) limited() bool {
	l := &c.Limits
	return l.MaxConnections|l.MaxPerPeer|l.AcceptRate != 0 || l.Idle|l.Login|l.Lifetime != 0 || l.Read != policy.Rates{} || l.Write != policy.Rates{}
}

// BuildProtocol returns the protocol of an accepted connection.
func (f *Forwarder) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	return f.factory.BuildProtocol(peer)
}

func (f *Forwarder) build(net.Addr) (protocol.Protocol, error) {
	p := &pair{f: f}
	p.client.pair, p.server.pair = p, p
	p.client.to, p.server.to = &p.server, &p.client
	return &p.client, nil
}

var errNoReactor = errors.New("portforward: the loop of the connection cannot connect")

// client returns what connects to the upstream on a loop.
func (f *Forwarder) client(loop protocol.Loop) (endpoint.Client, error) {
	if f.cfg.Upstream != nil {
		return f.cfg.Upstream, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.clients[loop]; c != nil {
		return c, nil
	}
	r, ok := loop.(endpoint.Reactor)
	if !ok {
		return nil, errNoReactor
	}
	c, err := f.cfg.Dial(r)
	if err != nil {
		return nil, fmt.Errorf("portforward: Config.Dial: %w", err)
	}
	f.clients[loop] = c
	return c, nil
}

// Stats count what a [Forwarder] did.
type Stats struct {
	Active   int64 // connections there are now
	Accepted int64 // connections that were begun
	Failed   int64 // connections whose upstream could not be reached
	BytesIn  int64 // carried from clients, by connections that have ended
	BytesOut int64 // carried to clients, the same
	Limits   policy.Stats
}

// Stats returns the counts since the Forwarder was made.
func (f *Forwarder) Stats() Stats {
	return Stats{
		Active: f.active.Load(), Accepted: f.accepted.Load(), Failed: f.failed.Load(),
		BytesIn: f.in.Load(), BytesOut: f.out.Load(), Limits: f.limiter.Stats(),
	}
}
