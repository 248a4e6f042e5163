// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"net/netip"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// peers counts the connections of each IP address, for ListenOptions.MaxPerPeer. A connection is counted by the loop that accepts it and let go by its own.
type peers struct {
	mu     sync.Mutex
	counts map[netip.Addr]int // guarded by mu; nil until the first
}

// admit counts a connection of the peer and reports whether it may have one more.
func (p *Port) admit(a *acceptor, peer protocol.Addr) bool {
	ip := peer.AddrPort().Addr()
	if p.opt.MaxPerPeer <= 0 || !ip.IsValid() {
		return true
	}
	p.peers.mu.Lock()
	defer p.peers.mu.Unlock()
	if p.peers.counts == nil {
		p.peers.counts = map[netip.Addr]int{}
	}
	if p.peers.counts[ip] < p.opt.MaxPerPeer {
		p.peers.counts[ip]++
		return true
	}
	p.loop.r.counters.refused.Add(1)
	if args, ok := p.loop.r.lines.refusals.Allow(a.loop.Now(), "addr", a.addr.String(), "peer", peer.String(), "bound", p.opt.MaxPerPeer); ok {
		p.log().Warn("reactor: too many connections of one peer: closed", args...)
	}
	return false
}

// release counts a connection of the peer less.
func (p *Port) release(peer protocol.Addr) {
	if p.opt.MaxPerPeer <= 0 {
		return
	}
	ip := peer.AddrPort().Addr()
	p.peers.mu.Lock()
	defer p.peers.mu.Unlock()
	switch n := p.peers.counts[ip]; {
	case n > 1:
		p.peers.counts[ip] = n - 1
	case n == 1:
		delete(p.peers.counts, ip)
	}
}

// A rate counts the connections of a second, for ListenOptions.AcceptRate.
type rate struct {
	mu     sync.Mutex
	second time.Time // guarded by mu: when the present second began
	n      int       // guarded by mu: connections accepted in it
}

// keepRate counts a connection, and stops accepting for the rest of the second when that was the last one of AcceptRate. It reports whether the connection is
// within it: one that another socket of the port accepted at the same time may be beyond.
func (p *Port) keepRate(a *acceptor) bool {
	if p.opt.AcceptRate <= 0 {
		return true
	}
	now, n := a.loop.Now(), &p.rate
	n.mu.Lock()
	if p.throttled.Load() {
		n.mu.Unlock()
		return false
	}
	if now.Sub(n.second) >= time.Second {
		n.second, n.n = now, 0
	}
	n.n++
	if n.n < p.opt.AcceptRate {
		n.mu.Unlock()
		return true
	}
	rest := time.Second - now.Sub(n.second)
	p.throttled.Store(true)
	n.mu.Unlock()
	p.loop.r.counters.acceptPauses.Add(1)
	p.log().Warn("reactor: too many connections in a second: accepting none for the rest of it", "addr", a.addr.String(), "bound", p.opt.AcceptRate)
	a.loop.CallLater(rest, func() { p.unthrottle(a) })
	p.changed(a)
	return true
}

func (p *Port) unthrottle(a *acceptor) {
	p.rate.mu.Lock()
	p.rate.second = time.Time{} // loops read their clocks at different moments
	p.throttled.Store(false)
	p.rate.mu.Unlock()
	p.changed(a)
}
