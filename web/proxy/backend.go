// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A backend is one upstream server as all loops see it.
type backend struct {
	description string
	host        string // its name in Host
	hash        uint64
	secure      bool // its type is that of TLS
	http2       exchange.HTTP2

	active atomic.Int64 // exchanges under way
	served atomic.Int64
	failed atomic.Int64
	fails  atomic.Int32 // one after the other
	until  atomic.Int64 // the time, in Unix nanoseconds, before which it is not asked; 0 if it is well
	sick   atomic.Bool  // by the active checks
}

// newBackend checks the description of a client.
func newBackend(description string) (*backend, error) {
	d, err := endpoint.ParseDescription(description)
	if err != nil {
		return nil, err
	}
	b := &backend{description: description, host: "localhost", hash: hashOf(description)}
	host, port := argument(d, "host", 1), argument(d, "port", 2)
	usual := "80"
	switch strings.ToLower(d.Type()) {
	case "":
		return nil, errors.New("proxy: an upstream without a description")
	case "tls", "ssl":
		usual, b.secure = "443", true
	case "tcp", "tcp6", "host":
	default:
		host = ""
	}
	if host != "" {
		if strings.IndexByte(host, ':') >= 0 {
			host = "[" + host + "]"
		}
		if b.host = host; port != usual && port != "" {
			b.host = host + ":" + port
		}
		if !h1.ValidHost(b.host) {
			return nil, fmt.Errorf("proxy: upstream %q: %q cannot stand in Host", description, b.host)
		}
	}
	return b, nil
}

func argument(d *endpoint.Description, name string, position int) string {
	if v, ok := d.Keyword()[name]; ok {
		return v
	}
	if p := d.Positional(); position < len(p) {
		return p[position]
	}
	return ""
}

// hashOf is FNV-1a with a finish that spreads it.
func hashOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9fb21c651e98df25
	return h ^ h>>28
}

// well reports whether b may be asked at that time.
func (b *backend) well(now time.Time) bool {
	return !b.sick.Load() && b.until.Load() <= now.UnixNano()
}

// A pools is what one loop has to reach the upstreams.
type pools struct {
	loop  protocol.Loop
	pools []*exchange.Pool // as the backends are numbered
}

// A dialer makes the clients of a loop.
type dialer struct {
	make func(loop protocol.Loop, description string) (endpoint.Client, error)
	cfg  exchange.Config
	mu   sync.Mutex
	of   atomic.Pointer[map[protocol.Loop]*pools] // replaced by a changed copy, under mu
}

// get returns the pools of a loop, on which it is called.
func (d *dialer) get(loop protocol.Loop, backends []*backend) (p *pools, fresh bool, err error) {
	if m := d.of.Load(); m != nil {
		if p := (*m)[loop]; p != nil {
			return p, false, nil
		}
	}
	p = &pools{loop: loop}
	for _, b := range backends {
		c, err := d.make(loop, b.description)
		if err != nil {
			return nil, false, fmt.Errorf("proxy: upstream %q: %w", b.description, err)
		}
		cfg := d.cfg
		cfg.HTTP2 = b.http2
		p.pools = append(p.pools, exchange.NewPool(loop, c, cfg))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	m := map[protocol.Loop]*pools{loop: p}
	if old := d.of.Load(); old != nil {
		for k, v := range *old {
			m[k] = v
		}
	}
	d.of.Store(&m)
	return p, true, nil
}

// each calls f for the pools of every loop, on that loop.
func (d *dialer) each(f func(p *pools)) {
	if m := d.of.Load(); m != nil {
		for loop, p := range *m {
			loop.CallFromThread(func() { f(p) })
		}
	}
}

var errLoop = errors.New("proxy: the loop of the connection cannot connect: set Config.Dial")

// dialString makes a client of a description by a registry.
func dialString(g *endpoint.Registry) func(loop protocol.Loop, description string) (endpoint.Client, error) {
	return func(loop protocol.Loop, description string) (endpoint.Client, error) {
		r, ok := loop.(endpoint.Reactor)
		if !ok {
			return nil, errLoop
		}
		if g == nil {
			return endpoint.ClientFromString(r, description)
		}
		return g.ClientFromString(r, description)
	}
}
