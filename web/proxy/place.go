// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// An Attempt connects to one address of a destination, if it is allowed.
type Attempt = func(addr netip.AddrPort, f protocol.Factory) *deferred.Deferred[protocol.Protocol]

// A place is a destination, for clients of one kind.
type place struct {
	host  string // in lower case, without brackets
	port  int
	local bool
}

// placeOf takes host:port apart; usual is the port if there is none.
func placeOf(authority string, usual int, local bool) (place, bool) {
	if !h1.ValidHost(authority) {
		return place{}, false
	}
	host, port := authority, usual
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host = authority[:i]
		if s := authority[i+1:]; s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				return place{}, false
			}
			port = n
		}
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	return place{host, port, local}, host != ""
}

// client returns what connects to a place. Every address is judged when it is connected to, so that a name cannot change its mind in between (class 55).
func (p *Forward) client(loop protocol.Loop, to place) (endpoint.Client, error) {
	if p.parent != nil {
		return p.behindParent(loop, to)
	}
	return p.resolve(loop, to.host, to.port, func(a netip.Addr) bool { return p.cfg.mayAddr(a, to.local) })
}

// resolve returns what looks a host up and connects to those of its addresses that may be gone to.
func (p *Forward) resolve(loop protocol.Loop, host string, port int, may func(netip.Addr) bool) (endpoint.Client, error) {
	dial := p.cfg.Dial
	reactor, ok := loop.(endpoint.Reactor)
	if dial == nil {
		if !ok {
			return nil, errLoop
		}
		dial = func(_ protocol.Loop, addr netip.AddrPort) endpoint.Client {
			return &endpoint.TCPClient{Reactor: reactor, Host: addr.Addr().String(), Port: int(addr.Port()), IPv6: addr.Addr().Is6(), Timeout: p.cfg.Timeouts.Connect}
		}
	}
	attempt := func(addr netip.AddrPort, f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		if !may(addr.Addr()) {
			return deferred.FailOn[protocol.Protocol](loop, errForbidden)
		}
		return dial(loop, addr).Connect(f)
	}
	if p.cfg.Resolve != nil {
		return p.cfg.Resolve(loop, host, port, attempt), nil
	}
	if !ok {
		return nil, errLoop
	}
	return &endpoint.Hostname{Reactor: reactor, Host: host, Port: port, Attempt: attempt}, nil
}

// hosts are the pools of all loops. Each map is its loop's own.
type hosts struct {
	mu sync.Mutex
	of map[protocol.Loop]map[place]*exchange.Pool // the outer map is guarded by mu
}

func (h *hosts) loop(loop protocol.Loop) map[place]*exchange.Pool {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.of[loop]
	if m == nil {
		if h.of == nil {
			h.of = make(map[protocol.Loop]map[place]*exchange.Pool)
		}
		m = make(map[place]*exchange.Pool)
		h.of[loop] = m
	}
	return m
}

// pool returns the connections to a place. When there are too many places one that is not in use goes, or else any.
func (p *Forward) pool(loop protocol.Loop, to place) (*exchange.Pool, error) {
	m := p.hosts.loop(loop)
	if pool := m[to]; pool != nil {
		return pool, nil
	}
	c, err := p.client(loop, to)
	if err != nil {
		return nil, err
	}
	if len(m) >= p.cfg.MaxHosts {
		evict(m)
	}
	pool := exchange.NewPool(loop, c, p.cfg.Timeouts.client(p.cfg.Limits))
	m[to] = pool
	return pool, nil
}

// evict drops a place. Its exchanges go on; those that wait for a connection fail, and there are none where no limit was reached.
func evict(m map[place]*exchange.Pool) {
	victim, best := place{}, -1
	for k, pool := range m {
		if busy := pool.Open() - pool.Idle(); best < 0 || busy < best {
			victim, best = k, busy
		}
		if best == 0 {
			break
		}
	}
	m[victim].Close()
	delete(m, victim)
}
