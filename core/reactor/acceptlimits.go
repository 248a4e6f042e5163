// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"net/netip"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// peers counts the connections of each IP address, for ListenOptions.MaxPerPeer. A connection is counted by the listening loop and let go by its own.
type peers struct {
	mu     sync.Mutex
	counts map[netip.Addr]int // guarded by mu; nil until the first
}

// admit counts a connection of the peer and reports whether it may have one more.
func (p *Port) admit(peer protocol.Addr) bool {
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
	if args, ok := p.loop.r.lines.refusals.Allow(p.loop.Now(), "addr", p.addr.String(), "peer", peer.String(), "bound", p.opt.MaxPerPeer); ok {
		p.loop.r.log.Warn("reactor: too many connections of one peer: closed", args...)
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

// keepRate counts a connection, and stops accepting for the rest of the second when that was the last one of AcceptRate.
func (p *Port) keepRate() {
	if p.opt.AcceptRate <= 0 {
		return
	}
	now := p.loop.Now()
	if now.Sub(p.second) >= time.Second {
		p.second, p.accepts = now, 0
	}
	if p.accepts++; p.accepts < p.opt.AcceptRate || p.throttled || p.listener == nil {
		return
	}
	p.throttled = true
	p.listener.Pause()
	p.loop.r.counters.acceptPauses.Add(1)
	p.loop.r.log.Warn("reactor: too many connections in a second: accepting none for the rest of it", "addr", p.addr.String(), "bound", p.opt.AcceptRate)
	p.loop.CallLater(time.Second-now.Sub(p.second), p.unthrottle)
}

func (p *Port) unthrottle() {
	p.throttled = false
	if p.listener != nil && !p.paused.Load() {
		p.listener.Resume()
	}
}
