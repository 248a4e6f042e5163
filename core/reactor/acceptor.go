// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"sync/atomic"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// An acceptor is one listening socket of a port, as its poller sees it. The first belongs to the port's own loop; with AcceptPerLoop the other loops have one
// each. port, loop, number and lender are immutable, and everything else but open is its loop's.
type acceptor struct {
	port     *Port
	loop     *Loop
	addr     protocol.Addr
	number   uint64        // of the port, each time that it listens anew
	lender   *Inherited    // where the port's sockets come from; nil if they are its own
	listener poll.Listener // nil before it was opened, and after it was closed
	open     atomic.Bool   // there is a listener
	stopped  bool          // the listener is paused
	closing  bool          // what waits is taken before the end, maybe from inside a callback
	ended    bool          // it was closed, maybe before it was opened
	held     []poll.Socket // accepted when there was no room any more: with several sockets, another's connection may have been the last
}

// A keeper has taken something from the system that it has not delivered yet. After Keep it does so before it closes.
type keeper interface{ Keep() }

// A drainer is a listener that can take what waits in its queue at once.
type drainer interface{ Drain() }

func (a *acceptor) listen(cfg *poll.ListenConfig) error {
	paused := *cfg
	paused.Paused = a.lender.pending()
	listener, err := a.loop.poller.Listen(&paused, a)
	if err != nil {
		return err
	}
	a.stopped = paused.Paused
	a.listener, a.addr = listener, listener.Addr()
	a.open.Store(true)
	return nil
}

// join opens the socket of a loop that is not the port's own. Without one the loop gets its connections dealt.
func (a *acceptor) join(cfg poll.ListenConfig) {
	if a.ended || a.loop.drain != nil || a.loop.ended() {
		return
	}
	if err := a.listen(&cfg); err != nil {
		a.port.log().Debug("reactor: a loop without a listening socket of its own", "addr", cfg.Address, "loop", a.loop.index, "error", err)
		return
	}
	a.loop.resources[a] = struct{}{}
	a.sync()
}

// close closes the socket. The system resets the connections that wait in its queue, so gently takes them first, where the poller can and no bound is reached.
func (a *acceptor) close(gently, handed bool) error {
	a.ended = true
	if a.listener == nil {
		return nil
	}
	if d, ok := a.listener.(drainer); ok && gently && !a.stopped {
		a.closing = a.loop == a.port.loop || a.loop.r.alone()
		d.Drain()
	}
	if k, ok := a.listener.(keeper); ok && (gently || handed) {
		a.closing = a.loop == a.port.loop || a.loop.r.alone()
		k.Keep()
	}
	err := a.listener.Close()
	a.listener = nil
	a.open.Store(false)
	delete(a.loop.resources, a)
	for _, s := range a.held {
		a.leave(s, handed)
	}
	a.held = nil
	return err
}

// leave does what is left to do with a connection that had to wait. After a handover nobody else would serve it, so that it may be one more than a bound allows.
func (a *acceptor) leave(s poll.Socket, handed bool) {
	p := a.port
	if !handed || a.loop.drain != nil || !p.admit(a, s.Remote) {
		poll.CloseSocket(s)
		return
	}
	p.count.Add(1)
	a.loop.r.count.Add(1)
	a.deal(s)
}

func (a *acceptor) shutDown() {
	if err := a.close(false, a.port.handed.Load()); err != nil {
		a.port.log().Warn("reactor: cannot close a port", "addr", a.addr.String(), "error", err)
	}
}

// waits reports whether the socket accepts none for now.
func (a *acceptor) waits() bool { return a.port.waits() || a.lender.pending() }

// sync makes the socket accept, or not, as the port's bounds demand.
func (a *acceptor) sync() {
	for len(a.held) > 0 && !a.waits() {
		s := a.held[0]
		a.held = a.held[1:]
		a.Accepted(s)
	}
	if stop := a.waits(); a.listener != nil && stop != a.stopped {
		if a.stopped = stop; stop {
			a.listener.Pause()
		} else {
			a.listener.Resume()
		}
	}
}

// Accepted takes a new connection within the port's bounds, and deals it out.
func (a *acceptor) Accepted(s poll.Socket) {
	p := a.port
	if !p.keepRate(a) {
		a.held = append(a.held, s)
		a.sync() // the others stay in the backlog
		return
	}
	if !p.admit(a, s.Remote) {
		poll.CloseSocket(s)
		return
	}
	if reason := p.claim(); reason != "" {
		p.release(s.Remote)
		a.held = append(a.held, s)
		p.pause(a, reason)
		return
	}
	if reason := p.full(); reason != "" {
		p.pause(a, reason)
	}
	a.deal(s)
}

// deal gives a connection, which was counted, to its loop.
func (a *acceptor) deal(s poll.Socket) {
	p := a.port
	a.loop.r.counters.accepted.Add(1)
	target := a.target()
	target.load.Add(1)
	switch {
	case target == a.loop && !a.closing:
		p.connect(target, s)
	case target == a.loop:
		target.later(turnFunc(func() { p.connect(target, s) }))
	case !target.post(func() { p.connect(target, s) }):
		poll.CloseSocket(s)
		p.gone(target, s.Remote)
	}
}

// AcceptFailed logs what the poller tells, which is once for a series.
func (a *acceptor) AcceptFailed(err error, retry bool) {
	a.loop.r.counters.acceptFailures.Add(1)
	if retry {
		a.port.log().Error("reactor: cannot accept for now", "addr", a.addr.String(), "error", err)
		return
	}
	a.port.log().Error("reactor: accept failed", "addr", a.addr.String(), "error", err)
}

// target returns the loop with the fewest connections, of those that depend on this socket.
func (a *acceptor) target() *Loop {
	p, best := a.port, a.loop
	if best != p.loop {
		return best
	}
	for i := range p.shares() {
		if l := p.share(i); l.load.Load() < best.load.Load() && !p.serves(l) {
			best = l
		}
	}
	return best
}
