// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import "slices"

// A Group bounds the connections of several pools of one loop together: when there are too many, the one that was idle for the longest time is closed, and without one pools take
// turns. The zero Group has no bound. Loop only.
type Group struct {
	Max int // connections; 0 means no limit

	open    int
	idle    conn // the ring of those that are idle: next is the oldest
	starved []*Pool
	live    map[*conn]struct{} // that are being made, or not yet lost, and not upgraded
	empty   []func()
}

func (g *Group) add(c *conn) {
	if g.live == nil {
		g.live = make(map[*conn]struct{})
		g.idle.next, g.idle.prev = &g.idle, &g.idle
	}
	g.live[c] = struct{}{}
}

func (g *Group) remove(c *conn) {
	if delete(g.live, c); len(g.live) == 0 {
		fs := g.empty
		g.empty = nil
		for _, f := range fs {
			f()
		}
	}
}

// rest puts c at the end of the ring.
func (g *Group) rest(c *conn) {
	c.prev, c.next = g.idle.prev, &g.idle
	c.prev.next, c.next.prev = c, c
}

// wake takes c out of the ring, if it is in it.
func (c *conn) wake() {
	if c.next != nil {
		c.prev.next, c.next.prev = c.next, c.prev
		c.prev, c.next = nil, nil
	}
}

// WhenEmpty calls f when there is no connection, now or later. Those that were upgraded do not count.
func (g *Group) WhenEmpty(f func()) {
	if len(g.live) == 0 {
		f()
	} else {
		g.empty = append(g.empty, f)
	}
}

// Abort ends all exchanges that have a connection or wait for one to be made, and cuts the connections.
func (g *Group) Abort() {
	all := make([]*conn, 0, len(g.live))
	for c := range g.live {
		all = append(all, c)
	}
	for _, c := range all {
		if c.x != nil {
			c.x.abort(ErrCancelled)
		} else if c.dials != nil {
			c.dials.abort(ErrCancelled)
		} else if c.two != nil && !c.lost {
			c.two.fail(ErrCancelled)
		} else if c.t != nil && !c.lost {
			c.closing = true
			c.t.AbortConnection()
			c.gone()
		}
	}
}

// room reports whether a pool that has not waited may make a connection.
func (g *Group) room() bool {
	if g.Max == 0 || g.open < g.Max && !g.starving() {
		return true
	}
	if g.starving() || g.live == nil || g.idle.next == &g.idle {
		return false
	}
	g.idle.next.close()
	return g.open < g.Max
}

// starving reports whether pools wait for others to close a connection.
func (g *Group) starving() bool {
	g.starved = slices.DeleteFunc(g.starved, func(p *Pool) bool {
		p.starved = p.wants()
		return !p.starved
	})
	return len(g.starved) > 0
}

// wants reports whether an exchange waits for a connection that the pool itself may make.
func (p *Pool) wants() bool { return p.open < p.cfg.MaxConns && !p.closed && p.next() != nil }

// next returns the first exchange that waits for a connection of its own, or nil.
func (p *Pool) next() *Exchange {
	for _, x := range p.queue {
		if !p.mayShare(x) {
			return x
		}
	}
	return nil
}

// turn lets the pools that wait make connections, one each, as long as there may be more.
func (g *Group) turn() {
	for (g.Max == 0 || g.open < g.Max) && len(g.starved) > 0 {
		p := g.starved[0]
		g.starved = slices.Delete(g.starved, 0, 1)
		p.starved = false
		if p.wants() {
			x := p.next()
			p.unqueue(x)
			p.dial(x)
			p.starve()
		}
	}
}

// starve has the pool wait for its turn if it wants one.
func (p *Pool) starve() {
	if !p.starved && p.wants() {
		p.starved = true
		p.group.starved = append(p.group.starved, p)
	}
}
