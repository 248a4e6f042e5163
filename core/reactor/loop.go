// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Loop runs the callbacks of its connections, ports and delayed calls one at a time, on one goroutine that is locked to its thread. It is a protocol.Loop,
// and the place where connections are made and ports opened. Before the reactor runs, the goroutine that sets it up may call what is loop only.
type Loop struct {
	r      *Reactor
	index  int
	poller poll.Poller
	epoch  time.Time     // Immutable; the zero of nanos
	ident  atomic.Uint64 // of the thread that runs the loop; 0 while none does
	mail   mailbox
	done   chan struct{}

	timers timers
	now    time.Time // what Now tells in this pass
	fresh  bool      // now was read in this pass
	inPass bool
	busy   bool // there was work: look again before sleeping
	polled bool // the last poll found something: poll again before sleeping
	spin   time.Duration

	turns, spareTurns []turner // to be run in the next pass
	dirty, spareDirty []*conn  // to be flushed when the pass ends
	free              freelist

	coroutines *deferred.CoroutinePool // of the thread that runs the loop

	conns     *conn             // the connections, a list
	muted     map[*conn]*broken // those that cannot send any more
	local     net.Addr          // of the last one
	load      atomic.Int64      // how many connections there are or are on their way
	resources map[resource]struct{}
	watches   map[int]*watch
	tracked   map[*tracked]struct{}
	drain     *drain // the reactor stops
	stopping  stopping
	quit      bool    // a sibling has to leave
	broken    bool    // the poller failed
	hosted    *Hosted // the main loop's in a host; else nil
}

var _ protocol.Loop = (*Loop)(nil)

// A turner has something to do in the next pass.
type turner interface{ turn() }

// A turnFunc is a turner made of a function.
type turnFunc func()

func (f turnFunc) turn() { f() }

// A resource is something other than a connection that ends with its loop: a port or an attempt to connect.
type resource interface{ shutDown() }

func newLoop(r *Reactor, index int) (*Loop, error) {
	p, err := r.newPoller()
	if err != nil {
		return nil, err
	}
	return &Loop{
		r: r, index: index, poller: p, epoch: r.now(), done: make(chan struct{}), spin: r.cfg.SpinWait,
		resources: map[resource]struct{}{}, watches: map[int]*watch{}, coroutines: new(deferred.CoroutinePool),
	}, nil
}

// pass is the event loop: it does all the work that there is, and waits for some, at most for limit (negative: without end).
func (l *Loop) pass(limit time.Duration) error {
	l.inPass, l.fresh, l.busy = true, false, false
	armed := l.timers.seq // what is armed from here on waits for the next pass
	l.runPosted()
	l.runTurns()
	l.runTimers(armed)
	err := l.poll(limit)
	l.flush()
	l.checkDrained()
	l.inPass = false
	return err
}

// poll lets the poller make its upcalls, waiting as long as there is nothing else to do.
func (l *Loop) poll(limit time.Duration) error {
	if l.broken {
		time.Sleep(time.Millisecond) // nothing wakes the loop any more
		return nil
	}
	timeout := l.timeout(limit)
	if l.polled || timeout == 0 {
		return l.pollNow()
	}
	if l.spin > 0 {
		if timeout = l.spinFor(timeout); timeout == 0 {
			return nil
		}
	}
	if !l.mail.sleep() {
		return l.pollNow()
	}
	l.fresh = false
	n, err := l.poller.Poll(timeout)
	l.mail.woke()
	l.polled = n > 0
	return err
}

// runTurns does what was put off to this pass.
func (l *Loop) runTurns() {
	turns := l.turns
	l.turns = l.spareTurns[:0]
	l.busy = l.busy || len(turns) > 0
	for i, t := range turns {
		turns[i] = nil
		t.turn()
	}
	l.spareTurns = turns[:0]
}

func (l *Loop) later(t turner) {
	l.turns = append(l.turns, t)
	l.hosted.nudge()
}

// flush sends what was written outside of the connections' own callbacks.
func (l *Loop) flush() {
	dirty := l.dirty
	l.dirty = l.spareDirty[:0]
	for i, c := range dirty {
		dirty[i] = nil
		c.dirty = false
		c.flush()
	}
	l.spareDirty = dirty[:0]
}

// Now returns the time, read once a pass. Loop only.
func (l *Loop) Now() time.Time {
	if !l.inPass {
		return l.r.now()
	}
	if !l.fresh {
		l.now, l.fresh = l.r.now(), true
	}
	return l.now
}

func (l *Loop) nanos() int64 { return int64(l.Now().Sub(l.epoch)) }

// OnLoop reports whether the caller runs on this loop. The loop's goroutine is locked to its thread, so the coroutines that it resumes (iter.Pull) count as
// the loop too. It is false while the loop does not run. Safe from any goroutine.
func (l *Loop) OnLoop() bool {
	id := l.ident.Load()
	return id != 0 && id == identity()
}

// Running reports whether the loop runs, that is, whether its loop-only methods are for its own goroutine alone. Safe from any goroutine.
func (l *Loop) Running() bool { return l.ident.Load() != 0 }

// Done is closed when the loop has ended and will run nothing more. Safe from any goroutine.
func (l *Loop) Done() <-chan struct{} { return l.done }

// Reactor returns the reactor that the loop belongs to. Immutable.
func (l *Loop) Reactor() *Reactor { return l.r }

// Connections returns how many stream connections the loop has. Safe from any goroutine.
func (l *Loop) Connections() int { return int(l.load.Load()) }

// CallInThread runs f in the reactor's thread pool. Safe from any goroutine.
func (l *Loop) CallInThread(f func()) { l.r.pool.CallInThread(f) }

// open reports whether new ports and connections may still be made.
func (l *Loop) open(what string) error {
	loopcheck.Check(l, what)
	if l.drain != nil || l.ended() {
		return ErrNotRunning
	}
	return nil
}

func (l *Loop) ended() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// end closes the loop for good.
func (l *Loop) end() {
	if l.ended() {
		return
	}
	l.mail.end()
	if err := l.poller.Close(); err != nil {
		l.r.log.Warn("reactor: cannot close the poller", "loop", l.index, "error", err)
	}
	l.timers = timers{}
	l.turns, l.dirty = nil, nil
	close(l.done)
}
