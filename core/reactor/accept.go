// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"log/slog"
	"math"
	"slices"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// waits reports whether the port accepts none for now.
func (p *Port) waits() bool { return p.paused.Load() || p.throttled.Load() }

// changed makes all sockets follow a change of waits, that of the caller's loop at once.
func (p *Port) changed(a *acceptor) {
	a.sync()
	if a.loop == p.loop {
		p.syncAll()
	} else {
		p.loop.CallFromThread(p.syncAll)
	}
}

func (p *Port) syncAll() {
	for _, a := range p.acceptors {
		if a.loop == p.loop {
			a.sync()
		} else {
			a.loop.CallFromThread(a.sync)
		}
	}
}

// claim counts a connection more, unless that would pass a bound, which it tells then.
func (p *Port) claim() (bound string) {
	r, limit := p.loop.r, int64(math.MaxInt64)
	if p.opt.MaxConnections > 0 {
		limit = int64(p.opt.MaxConnections)
	}
	if !addBelow(&p.count, limit) {
		return "ListenOptions.MaxConnections"
	}
	if !addBelow(&r.count, int64(r.cfg.MaxConnections)) {
		p.count.Add(-1)
		return "Config.MaxConnections"
	}
	return ""
}

func addBelow(n *atomic.Int64, limit int64) bool {
	for {
		v := n.Load()
		if v >= limit {
			return false
		}
		if n.CompareAndSwap(v, v+1) {
			return true
		}
	}
}

// connect makes the connection, on its loop.
func (p *Port) connect(l *Loop, s poll.Socket) {
	if l.drain != nil {
		poll.CloseSocket(s)
		p.gone(l, s.Remote)
		return
	}
	c, err := l.build(s, p.factory, p, func() bool { return true })
	if err != nil {
		if err == protocol.ErrNoProtocol {
			p.log().Debug("reactor: connection refused by the factory", "peer", s.Remote.String())
		}
		p.gone(l, s.Remote)
		return
	}
	c.made()
}

func (p *Port) serviceName() string { return p.service }

// log returns the logger for lines about the port.
func (p *Port) log() *slog.Logger { return p.loop.r.logFor(p.service) }

func (p *Port) connectionEnded(c *conn, _ error) { p.gone(c.loop, protocol.FromNetAddr(c.remote)) }

// gone counts a connection of the port less. It runs on the connection's loop.
func (p *Port) gone(l *Loop, peer protocol.Addr) {
	p.count.Add(-1)
	p.release(peer)
	l.released()
	if p.paused.Load() && p.full() == "" {
		p.loop.CallFromThread(p.resume)
	}
}

// full tells which bound the port has reached, or "".
func (p *Port) full() string {
	r := p.loop.r
	switch {
	case p.opt.MaxConnections > 0 && p.count.Load() >= int64(p.opt.MaxConnections):
		return "ListenOptions.MaxConnections"
	case r.count.Load() >= int64(r.cfg.MaxConnections):
		return "Config.MaxConnections"
	}
	return ""
}

// pause stops accepting because of a bound that a connection of a has reached. It is logged when it happens, and again only after the port went on.
func (p *Port) pause(a *acceptor, bound string) {
	if a.listener == nil {
		return
	}
	r := p.loop.r
	r.mu.Lock()
	first := !p.paused.Load()
	if first {
		p.paused.Store(true)
		r.pausedPorts = append(r.pausedPorts, p)
	}
	r.mu.Unlock()
	if first {
		r.counters.acceptPauses.Add(1)
		p.changed(a)
		p.log().Warn("reactor: too many connections: accepting none for now", "addr", a.addr.String(), "bound", bound, "connections", p.count.Load())
	} else {
		a.sync()
	}
	if p.full() == "" { // one ended on another loop meanwhile, or another loop's claim was taken back
		p.loop.CallFromThread(p.resume)
	}
}

func (p *Port) resume() {
	if !p.paused.Load() || p.full() != "" {
		return
	}
	p.loop.r.unpause(p)
	if p.Listening() {
		p.log().Info("reactor: accepting again", "addr", p.addr.String())
		p.syncAll()
	}
}

func (r *Reactor) unpause(p *Port) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.paused.Store(false)
	r.pausedPorts = slices.DeleteFunc(r.pausedPorts, func(q *Port) bool { return q == p })
}

// released counts a connection of the loop less, and lets ports go on that waited for it.
func (l *Loop) released() {
	r := l.r
	l.load.Add(-1)
	if r.count.Add(-1) != int64(r.cfg.MaxConnections)-1 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.pausedPorts {
		p.loop.CallFromThread(p.resume)
	}
}
