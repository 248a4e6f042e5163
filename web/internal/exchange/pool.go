// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package exchange

import (
	"errors"
	"net"
	"slices"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Pool makes connections to one server, on one loop, and keeps them for the next exchange. Loop only.
type Pool struct {
	loop   protocol.Loop
	client endpoint.Client
	cfg    Config
	idle   []*conn     // the one used last comes last, and is taken first
	open   int         // connections, those being made included
	queue  []*Exchange // that wait for a connection
	out    []byte      // where heads are written
	closed bool
	dials  int64

	twos     []*h2conn // that may carry more
	dialing2 int       // connections being made that may be of HTTP/2
	server2  likelihood

	group   *Group
	starved bool // it waits for its turn in the group
}

// NewPool returns a Pool of connections that c, a client of that loop, makes.
func NewPool(loop protocol.Loop, c endpoint.Client, cfg Config) *Pool {
	p := &Pool{loop: loop, client: c, cfg: cfg.withDefaults(), group: cfg.Group}
	if p.group == nil {
		p.group = new(Group)
	}
	return p
}

// Do begins x. Its handler's Done is called, later, whatever happens.
func (p *Pool) Do(x *Exchange) {
	x.pool = p
	switch {
	case p.closed:
		x.abort(ErrCancelled)
	case p.do2(x):
	case !x.fresh() && p.reuse(x):
	case p.room():
		p.dial(x)
	default:
		p.await(x)
	}
}

// await has x wait for a connection: one that had begun already before those that had not.
func (p *Pool) await(x *Exchange) {
	switch {
	case x.Retried():
		at := slices.IndexFunc(p.queue, func(x *Exchange) bool { return !x.Retried() })
		if at < 0 {
			at = len(p.queue)
		}
		p.enqueue(x, at)
	case len(p.queue) >= p.cfg.MaxWaiting:
		x.abort(ErrBusy)
	default:
		p.enqueue(x, len(p.queue))
	}
}

// fresh reports whether x is for a connection that was not used before.
func (x *Exchange) fresh() bool { return x.Fresh || x.retried }

// room reports whether there may be one more connection.
func (p *Pool) room() bool { return p.open < p.cfg.MaxConns && p.group.room() }

// enqueue has x wait, as number at.
func (p *Pool) enqueue(x *Exchange, at int) {
	x.queued = true
	p.queue = slices.Insert(p.queue, at, x)
	p.starve()
	wait := or(x.Times.Wait, p.cfg.Wait)
	if wait < 0 {
		return
	}
	x.waits = p.loop.CallLater(wait, func() {
		if x.queued {
			x.abort(errWaited)
		}
	})
}

// Open returns the number of connections, those being made included.
func (p *Pool) Open() int { return p.open }

// Busy reports whether the pool has connections, or exchanges that wait for one.
func (p *Pool) Busy() bool { return p.open > 0 || len(p.queue) > 0 }

// Waiting returns the number of exchanges that wait for a connection.
func (p *Pool) Waiting() int { return len(p.queue) }

// Idle returns the number of connections that wait for an exchange.
func (p *Pool) Idle() int {
	n := len(p.idle)
	for _, c := range p.twos {
		if c.idle {
			n++
		}
	}
	return n
}

// Dials returns how many connections were begun so far.
func (p *Pool) Dials() int64 { return p.dials }

// Close closes the idle connections, ends the exchanges that wait for one, and lets the others finish. Connections close with their exchange from now on.
func (p *Pool) Close() {
	p.closed = true
	for _, c := range slices.Clone(p.idle) {
		c.close()
	}
	for _, c := range slices.Clone(p.twos) {
		c.settle()
	}
	for _, x := range slices.Clone(p.queue) {
		x.abort(ErrCancelled)
	}
}

func (p *Pool) reuse(x *Exchange) bool {
	n := len(p.idle)
	if n == 0 {
		return false
	}
	c := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	c.wake()
	if idle := c.idled(); x.gotConn(c.t, true, idle) {
		c.begin(x)
	} else {
		p.keep(c)
	}
	return true
}

func (p *Pool) dial(x *Exchange) {
	p.open++
	p.group.open++
	p.dials++
	c := &conn{pool: p, parser: h1.ResponseParser{Limits: &p.cfg.Limits}, dials: x}
	p.group.add(c)
	inside := true // of this call, in which no handler may be called
	d := p.connect(c, x)
	x.dialing = d
	if limit := or(x.Times.Connect, p.cfg.Connect); limit > 0 {
		d.AddTimeout(limit, p.loop)
	}
	d.Done(func(_ protocol.Protocol, err error) {
		x.dialing, c.dials = nil, nil
		if err == nil && c.lost {
			err = c.reason
		}
		two := p.connected(c, err)
		if err != nil {
			if !c.lost { // there was none, or it is one that nobody waits for any more
				c.gone()
				if c.drop(); c.t == nil {
					p.group.remove(c)
				}
			}
			if x.over {
				return
			}
			failed := &Error{PhaseConnect, err}
			if inside {
				p.loop.CallLater(0, func() { x.end(failed) })
			} else {
				x.end(failed)
			}
			return
		}
		switch {
		case two && x.over:
			c.two.Leave()
		case two && x.Request.Upgrade != "" && !c.two.takes(x): // not before its settings
			p.Do(x)
			c.two.Leave()
		case two:
			c.two.begin(x)
		case x.over || !x.gotConn(c.t, false, -1):
			p.keep(c)
		default:
			c.begin(x)
		}
	})
	inside = false
}

// keep takes back a connection that is free.
func (p *Pool) keep(c *conn) {
	switch {
	case p.closed || c.lost:
		c.close()
	case len(p.queue) > 0 && c.used > 0 && p.queue[0].fresh():
		c.close() // another one takes its place
	case len(p.queue) > 0:
		x := p.queue[0]
		if p.unqueue(x); x.gotConn(c.t, true, -1) {
			c.begin(x)
		} else {
			p.keep(c)
		}
	case p.cfg.MaxIdle == 0 || p.group.Max > 0 && p.group.starving():
		c.close()
	default:
		if len(p.idle) >= p.cfg.MaxIdle {
			p.idle[0].close() // the oldest
		}
		p.idle = append(p.idle, c)
		p.group.rest(c)
		c.wait(p.cfg.Idle)
	}
}

// freed counts a connection that is gone, in whose place another may be made.
func (p *Pool) freed(c *conn) {
	p.open--
	p.group.open--
	c.wake()
	if i := slices.Index(p.idle, c); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	p.starve()
	p.group.turn()
	p.serve()
}

func (p *Pool) unqueue(x *Exchange) {
	if !x.queued {
		return
	}
	x.queued = false
	if x.waits != nil {
		x.waits.Cancel()
	}
	if i := slices.Index(p.queue, x); i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
	}
}

// failed ends x, which had a connection until now, or sends it again if a connection that was used before turned out to be dead: servers close those that are idle whenever
// they like (RFC 9112 section 9.3.1). One that has reset a stream is alive.
func (p *Pool) failed(x *Exchange, reused bool, phase Phase, err error) {
	x.c = nil
	if reused && phase == PhaseSent && !x.retried && !p.closed && x.idempotent() && mayBeStale(err) {
		if x.wroteRequest(err); x.over {
			return
		}
		x.retried, x.started = true, false
		p.Do(x)
		return
	}
	if !reused && phase == PhaseSent && errors.Is(err, protocol.ErrTLS) {
		phase = PhaseConnect // the handshake comes after ConnectionMade
	}
	x.end(&Error{phase, err})
}

// A factory makes the protocol of one connection.
type factory struct {
	c         *conn
	protocols []string
}

func (f *factory) BuildProtocol(net.Addr) (protocol.Protocol, error) { return f.c, nil }

// AcceptableProtocols returns the ALPN names of what is spoken.
func (f *factory) AcceptableProtocols() []string { return f.protocols }
