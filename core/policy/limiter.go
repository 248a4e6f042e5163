// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy

import (
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Limiter holds the connections of all factories that it wraps to one set of [Limits]. The counts are exact however many loops there are; buckets that
// several connections draw from are shared between the loops, under a lock of their own. Twisted: ThrottlingFactory.
type Limiter struct {
	limits Limits
	// The filters above each connection's own bucket; nil for none. Immutable after start.
	readPeer, readAll, writePeer, writeAll *Filter

	mu     sync.Mutex
	second time.Time            // guarded by mu: when the present second began
	fresh  int                  // guarded by mu: connections let in since
	peers  map[netip.Prefix]int // guarded by mu

	active, overflow                            atomic.Int64
	accepted, refused, refusedPeer, refusedRate atomic.Int64
	overflowed, idle, late, old                 atomic.Int64
	bytesIn, bytesOut                           atomic.Int64
	throttledReads, throttledWrites             atomic.Int64
	lines                                       loglimit.Limit
}

// NewLimiter returns a Limiter; its Wrap is a [Middleware]. A negative limit is an error.
func NewLimiter(l Limits) (*Limiter, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	if l.MaxOverflow == 0 {
		l.MaxOverflow = DefaultMaxOverflow
	}
	if l.OverflowTime == 0 {
		l.OverflowTime = DefaultOverflowTime
	}
	if l.Logger == nil {
		l.Logger = slog.Default()
	}
	l.Exempt = slices.Clone(l.Exempt)
	for i, p := range l.Exempt {
		l.Exempt[i] = unmapped(p)
	}
	m := &Limiter{limits: l, peers: map[netip.Prefix]int{}, readAll: l.Read.filter(), writeAll: l.Write.filter()}
	m.readPeer, m.writePeer = m.readAll, m.writeAll
	if l.Read.Peer > 0 {
		m.readPeer = &Filter{Rate: l.Read.Peer, Burst: l.Read.Burst, Key: ByHost, Parent: m.readAll}
	}
	if l.Write.Peer > 0 {
		m.writePeer = &Filter{Rate: l.Write.Peer, Burst: l.Write.Burst, Key: ByHost, Parent: m.writeAll}
	}
	return m, nil
}

// Wrap returns a factory whose connections are held to the limits, together with those of the other factories that were wrapped.
func (m *Limiter) Wrap(f protocol.Factory) protocol.Factory { return &limitedFactory{f, m} }

type limitedFactory struct {
	inner protocol.Factory
	m     *Limiter
}

func (f *limitedFactory) Unwrap() protocol.Factory { return f.inner }

func (f *limitedFactory) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	m := f.m
	c := &limited{m: m, peer: peerOf(peer), exempt: m.exempt(peer)}
	inner := f.inner
	if err := m.admit(c.peer, c.exempt); err != nil {
		m.tell(err, peer)
		if inner = m.limits.Overflow; inner == nil {
			return nil, nil
		}
		c.over = true
	}
	p, err := inner.BuildProtocol(peer)
	if p == nil || err != nil {
		return nil, err
	}
	return c.conn.around(p, c), nil
}

// exempt reports whether the bounds of a peer do not concern this one.
func (m *Limiter) exempt(peer net.Addr) bool {
	if len(m.limits.Exempt) == 0 {
		return false
	}
	ip := protocol.FromNetAddr(peer).AddrPort().Addr().WithZone("")
	return slices.ContainsFunc(m.limits.Exempt, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// admit reports whether there seems to be room for one more connection. What holds is count's word, when the connection begins.
func (m *Limiter) admit(ip netip.Prefix, exempt bool) error {
	if n := m.limits.MaxConnections; n > 0 && m.active.Load() >= int64(n) {
		m.refused.Add(1)
		return ErrTooMany
	}
	if n := m.limits.MaxPerPeer; n > 0 && !exempt {
		m.mu.Lock()
		defer m.mu.Unlock()
		if ip.IsValid() && m.peers[ip] >= n {
			m.refusedPeer.Add(1)
			return ErrTooManyPeer
		}
	}
	return nil
}

// count counts a connection that begins, unless another loop took the last place.
func (m *Limiter) count(ip netip.Prefix, exempt bool, now time.Time) error {
	for {
		n := m.active.Load()
		if limit := m.limits.MaxConnections; limit > 0 && n >= int64(limit) {
			m.refused.Add(1)
			return ErrTooMany
		}
		if m.active.CompareAndSwap(n, n+1) {
			break
		}
	}
	err := m.countPeer(ip, exempt, now)
	if err != nil {
		m.active.Add(-1)
		return err
	}
	m.accepted.Add(1)
	return nil
}

func (m *Limiter) countPeer(ip netip.Prefix, exempt bool, now time.Time) error {
	if exempt || m.limits.MaxPerPeer == 0 && m.limits.AcceptRate == 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := m.limits.MaxPerPeer; n > 0 && ip.IsValid() && m.peers[ip] >= n {
		m.refusedPeer.Add(1)
		return ErrTooManyPeer
	}
	if n := m.limits.AcceptRate; n > 0 {
		if now.Sub(m.second) >= time.Second {
			m.second, m.fresh = now, 0
		}
		if m.fresh >= n {
			m.refusedRate.Add(1)
			return ErrTooFast
		}
		m.fresh++
	}
	if m.limits.MaxPerPeer > 0 && ip.IsValid() {
		m.peers[ip]++
	}
	return nil
}

// uncount forgets a connection that was counted.
func (m *Limiter) uncount(ip netip.Prefix, exempt bool) {
	m.active.Add(-1)
	if exempt || m.limits.MaxPerPeer == 0 || !ip.IsValid() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.peers[ip]--; m.peers[ip] <= 0 {
		delete(m.peers, ip)
	}
}

// tell logs that a connection was refused or ended.
func (m *Limiter) tell(why error, peer net.Addr) {
	if args, ok := m.lines.Allow(time.Now(), "peer", peer.String(), "error", why); ok {
		m.limits.Logger.Warn("policy: connection refused or ended by a limit", args...)
	}
}
