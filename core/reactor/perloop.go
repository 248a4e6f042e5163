// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"net"
	"slices"
	"strconv"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// mayOpenMore reports whether the port is to have a socket for each loop.
func (p *Port) mayOpenMore() bool {
	if p.opt.Accept != AcceptPerLoop {
		return false
	}
	why := ""
	switch {
	case p.cfg.AdoptFD != 0:
		why = "an adopted socket"
	case p.cfg.Network != "tcp":
		why = "not a TCP socket"
	case !sys.ReusePortSpreads:
		why = "this system does not spread connections"
	}
	if why != "" {
		p.log().Debug("reactor: one socket for all loops: connections are dealt out", "addr", p.where, "because", why)
	}
	return why == ""
}

// shares returns how many loops get the port's connections, and share which: its own first.
func (p *Port) shares() int {
	n := p.opt.Loops
	if n == 0 {
		n = p.loop.r.cfg.Loops
	}
	return max(min(n, len(p.loop.r.Loops())), 1)
}

func (p *Port) share(i int) *Loop {
	all := p.loop.r.Loops()
	return all[(p.loop.index+i)%len(all)]
}

// serves reports whether a socket of the loop's own gets it connections. Only the port's loop may ask.
func (p *Port) serves(l *Loop) bool {
	return p.perLoop && slices.ContainsFunc(p.acceptors, func(a *acceptor) bool { return a.loop == l && a.open.Load() })
}

// openMore gives each loop that has none a socket, when it comes to that.
func (p *Port) openMore() {
	if !p.Listening() {
		return
	}
	p.openLent()
	if !p.perLoop || p.acceptors[0].lender.pending() { // what the system would give the new ones is the predecessor's to serve
		return
	}
	cfg := p.cfg
	host, _, _ := net.SplitHostPort(cfg.Address) // it was good enough for the first
	cfg.Address = net.JoinHostPort(host, strconv.Itoa(int(p.addr.AddrPort().Port())))
	for i := range p.shares() {
		l := p.share(i)
		if !slices.ContainsFunc(p.acceptors, func(a *acceptor) bool { return a.loop == l }) {
			a := p.newAcceptor(l)
			p.acceptors = append(p.acceptors, a)
			p.on(l, func() { a.join(cfg) })
		}
	}
}

// openLent listens on what else the predecessor had for the port. Those that there is no loop for any more become the port's own loop's: the system spreads connections
// over them all.
func (p *Port) openLent() {
	lent := p.lent
	p.lent = nil
	for i, fd := range lent {
		l, cfg := p.loop, p.cfg
		if p.perLoop && i+1 < p.shares() {
			l = p.share(i + 1)
		}
		cfg.AdoptFD = fd
		a := p.newAcceptor(l)
		p.acceptors = append(p.acceptors, a)
		if !p.on(l, func() {
			a.join(cfg)
			closeDescriptor(fd)
		}) {
			closeDescriptor(fd)
		}
	}
}

// newAcceptor returns one more for a port that listens.
func (p *Port) newAcceptor(l *Loop) *acceptor {
	first := p.acceptors[0]
	return &acceptor{port: p, loop: l, number: first.number, lender: first.lender}
}

// closeMore closes the sockets of other loops, then calls done on the port's loop in a later pass.
func (p *Port) closeMore(acceptors []*acceptor, gently, handed bool, err error, done func(error)) {
	left := len(acceptors)
	if left == 0 {
		p.loop.later(turnFunc(func() { done(err) }))
	}
	for _, a := range acceptors {
		closed := func(e error) {
			err = errors.Join(err, e)
			if left--; left == 0 {
				done(err)
			}
		}
		if !p.on(a.loop, func() {
			e := a.close(gently, handed)
			p.loop.CallFromThread(func() { closed(e) })
		}) {
			p.loop.CallFromThread(func() { closed(nil) }) // it ended with its loop
		}
	}
}

// on calls f on the loop, at once where the caller drives them all, and reports whether it could.
func (p *Port) on(l *Loop, f func()) bool {
	if p.loop.r.alone() {
		f()
		return true
	}
	return l.post(f)
}

// alone reports whether all loops belong to the calling goroutine, which has to be that of one of them.
func (r *Reactor) alone() bool { return r.state.Load() == idle || r.driven }

// openMore gives the loop's ports the sockets that new loops call for.
func (l *Loop) openMore() {
	for res := range l.resources {
		if p, ok := res.(*Port); ok {
			p.openMore()
		}
	}
}
