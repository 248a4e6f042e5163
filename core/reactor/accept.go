// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"slices"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// An acceptor is a Port as its poller sees it.
type acceptor Port

// Accepted deals a new connection out.
func (p *acceptor) Accepted(s poll.Socket) { (*Port)(p).accepted(s) }

// AcceptFailed logs what the poller tells, which is once for a series.
func (p *acceptor) AcceptFailed(err error, retry bool) {
	port := (*Port)(p)
	port.loop.r.counters.acceptFailures.Add(1)
	if retry {
		port.loop.r.log.Error("reactor: cannot accept for now", "addr", port.addr.String(), "error", err)
		return
	}
	port.loop.r.log.Error("reactor: accept failed", "addr", port.addr.String(), "error", err)
}

func (p *Port) accepted(s poll.Socket) {
	r := p.loop.r
	p.keepRate()
	if !p.admit(s.Remote) {
		poll.CloseSocket(s)
		return
	}
	p.count.Add(1)
	r.count.Add(1)
	r.counters.accepted.Add(1)
	if reason := p.full(); reason != "" {
		p.pause(reason)
	}
	target := p.target()
	target.load.Add(1)
	if target == p.loop {
		p.connect(target, s)
		return
	}
	if !target.post(func() { p.connect(target, s) }) {
		poll.CloseSocket(s)
		p.gone(target, s.Remote)
	}
}

// target returns the loop with the fewest connections.
func (p *Port) target() *Loop {
	loops := p.loop.r.Loops()
	if len(loops) == 1 || p.opt.Loops == 1 {
		return p.loop
	}
	n := p.opt.Loops
	if n == 0 {
		n = p.loop.r.cfg.Loops
	}
	n = min(n, len(loops))
	best := p.loop
	for i := range n {
		if l := loops[(p.loop.index+i)%len(loops)]; l.load.Load() < best.load.Load() {
			best = l
		}
	}
	return best
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
			l.r.log.Debug("reactor: connection refused by the factory", "peer", s.Remote.String())
		}
		p.gone(l, s.Remote)
		return
	}
	c.made()
}

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

// pause stops accepting because of a bound. It is logged when it happens, and again only after the port went on.
func (p *Port) pause(reason string) {
	if p.listener == nil || p.paused.Load() {
		return
	}
	r := p.loop.r
	p.listener.Pause()
	r.counters.acceptPauses.Add(1)
	r.mu.Lock()
	p.paused.Store(true)
	r.pausedPorts = append(r.pausedPorts, p)
	r.mu.Unlock()
	r.log.Warn("reactor: too many connections: accepting none for now", "addr", p.addr.String(), "bound", reason, "connections", p.count.Load())
	if p.full() == "" { // one ended on another loop meanwhile
		p.loop.CallFromThread(p.resume)
	}
}

func (p *Port) resume() {
	if !p.paused.Load() || p.full() != "" {
		return
	}
	p.loop.r.unpause(p)
	if p.listener != nil {
		if !p.throttled {
			p.listener.Resume()
		}
		p.loop.r.log.Info("reactor: accepting again", "addr", p.addr.String())
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
