// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"maps"
	"slices"

	"github.com/torsion-go/torsion/core/protocol"
)

// The steps of a shutdown, each of which begins the next when it is done. Passes go on all the while.

// shutdown fires the Shutdown event with the reactor's own steps in it.
func (r *Reactor) shutdown() {
	e := r.event(Shutdown)
	r.fire(e, Before, func() {
		r.drainAll(func() {
			r.fire(e, During, func() {
				r.joinPool(func() {
					r.fire(e, After, func() { r.stopped = true })
				})
			})
		})
	})
}

// drainAll drains every loop, then calls next on the main loop.
func (r *Reactor) drainAll(next func()) {
	loops := r.Loops()
	left := len(loops)
	for _, l := range loops {
		l.CallFromThread(func() {
			l.startDrain(func() {
				r.CallFromThread(func() {
					if left--; left == 0 {
						next()
					}
				})
			})
		})
	}
}

// joinPool waits for the functions in the thread pool, then calls next on the main loop.
func (r *Reactor) joinPool(next func()) {
	r.pool.Quit()
	select {
	case <-r.pool.Done():
		next()
	default:
		go func() { // ends with the pool, for which the reactor waits
			<-r.pool.Done()
			r.CallFromThread(next)
		}()
	}
}

// maxLastTurns is how often callbacks get to put something off when there are no more passes.
const maxLastTurns = 10

// A drain is the end of a loop's connections while the reactor stops.
type drain struct {
	done    func()
	timeout protocol.DelayedCall
}

// startDrain ends all that the loop has, and calls done when the last connection is gone.
func (l *Loop) startDrain(done func()) {
	grace := l.r.cfg.ShutdownGrace
	l.drain = &drain{done: done}
	l.dropResources(protocol.Lost(ErrStopped))
	if grace > 0 {
		l.drain.timeout = l.CallLater(grace, func() { l.dropConnections(protocol.Lost(ErrStopped)) })
		l.eachConnection((*conn).shutDown)
	} else {
		l.eachConnection((*conn).shutDown) // sends what the system takes at once
		l.dropConnections(protocol.Lost(ErrStopped))
	}
	l.checkDrained()
}

// checkDrained follows the end of a connection.
func (l *Loop) checkDrained() {
	d := l.drain
	if d == nil || d.done == nil || l.conns != nil || len(l.resources) > 0 {
		return
	}
	done := d.done
	d.done = nil
	if d.timeout != nil {
		_ = d.timeout.Cancel() // it may be what runs
	}
	l.later(turnFunc(done))
}

func (l *Loop) eachConnection(f func(*conn)) {
	for c := l.conns; c != nil; {
		next := c.next
		f(c)
		c = next
	}
}

// dropConnections ends every connection now.
func (l *Loop) dropConnections(reason error) {
	l.eachConnection(func(c *conn) { c.lose(reason) })
}

// dropResources ends everything else.
func (l *Loop) dropResources(reason error) {
	for _, res := range slices.Collect(maps.Keys(l.resources)) {
		if _, ok := l.resources[res]; ok { // another's end may have ended it
			res.shutDown()
		}
	}
	for _, d := range l.RemoveAll() {
		l.run(func() { d.ConnectionLost(reason) }, nil)
	}
	l.tellStopping(reason)
}

// dropAll ends everything on every loop, from outside of any pass.
func (r *Reactor) dropAll(reason error) {
	for _, l := range r.Loops() {
		if l.ended() {
			continue
		}
		l.drain = &drain{}
		l.dropResources(reason)
		l.dropConnections(reason)
		l.runPosted() // sockets on their way here are closed
		for range maxLastTurns {
			l.runTurns()
		}
	}
}
