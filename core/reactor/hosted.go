// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
)

// A Hosted is a reactor that runs inside of a main loop which is not its own: that of a GUI toolkit, for example. A goroutine of the reactor's waits for something to
// happen and then posts one pass to the host, which makes it on its own thread between its own events; then the waiting begins anew. There is never more than
// one pass with the host, so the host's other events get their turn, and none while nothing happens. A pass is as bounded as the reactor's own: the calls posted before it, the
// delayed calls that are due, and one batch of the poller's events.
//
// Everything of the main loop runs on the host's thread. Between passes the host's own callbacks there, a button's for example, may call what is loop only.
//
// Twisted: threadedselectreactor.interleave, gireactor, wxreactor, tksupport.
type Hosted struct {
	r      *Reactor
	poller poll.Hosted
	post   func(f func())
	pass   func()             // turn, to be posted
	wants  chan time.Duration // how long to wait; room for the next one while post has not returned. Closed at the end
	woke   chan error         // the outcome of a wait; room for one: turn or Finish takes it
	left   chan struct{}      // closed when the waiting goroutine is gone
	posted atomic.Bool        // a pass is with the host
	gone   atomic.Bool        // the host is to make none any more: the end, or Finish has taken over

	// The host's thread's.
	waiting bool  // there is a wait under way, or its pass is with the host
	nudged  bool  // and it was ended
	until   int64 // when it ends by itself, in the loop's nanoseconds
	turning bool
	started bool // the startup event was fired
	home    int  // how deep in callbacks from C that was
	ended   bool
	err     error
	parked  []func() // what waits for a pass at home
	onStop  []func()
	unwatch func() // of the signals
}

// StartHosted starts the reactor inside of a main loop that is not its own. It is called on the thread of that loop, before it runs or from inside of it, by a goroutine that is locked to the
// thread (runtime.LockOSThread, in the init of a program whose toolkit wants the main thread) and stays so. From then on everything of the main loop of the reactor, the system events too, runs in functions that are handed
// to post; other loops, where [Config].Loops asks for them, run on goroutines of their own as ever.
//
// post has the host call f on its thread, soon, once. It is called from any goroutine, the host's thread included; it does not block, and does not call f itself. The toolkit's ways are g_idle_add, QMetaObject::invokeMethod and
// CallAfter, for example. A host that calls f on another thread, or inside of post, makes it panic.
//
// The errors are those of Run, ErrNotLocked, and errors.ErrUnsupported for a poller that cannot be hosted. The reactor ends by Stop, a signal (Config.InstallSignalHandlers) or Crash,
// whereupon the functions of [Hosted.OnStop] are called. A host whose main loop has ended first calls [Hosted.Finish].
func (r *Reactor) StartHosted(post func(f func())) (*Hosted, error) {
	r.control("StartHosted")
	p, ok := r.poller.(poll.Hosted)
	if !ok {
		return nil, fmt.Errorf("reactor: StartHosted: the poller %s cannot be waited for by another goroutine: %w", r.poller.Name(), errors.ErrUnsupported)
	}
	if !threadLocked() {
		return nil, ErrNotLocked
	}
	if err := r.begin(); err != nil {
		return nil, err
	}
	h := &Hosted{
		r: r, poller: p, post: post, wants: make(chan time.Duration, 1), woke: make(chan error, 1), left: make(chan struct{}), until: math.MaxInt64,
	}
	h.pass = h.turn
	// Locked again for each reactor, the thread would be locked more often at times, which coroutines do not bear: see hosteddepth.go.
	r.ident.Store(identity())
	r.hosted = h
	h.unwatch = r.watchSignals()
	for _, l := range r.Loops()[1:] {
		r.startSibling(l)
	}
	go h.wait() // end tells it to leave, and Finish waits for it
	h.hand()
	return h, nil
}

// wait is the goroutine that waits for the poller.
func (h *Hosted) wait() {
	defer close(h.left)
	for d := range h.wants {
		h.woke <- h.poller.Wait(d)
		if !h.gone.Load() {
			h.hand()
		}
	}
}

// hand gives the host a pass to make.
func (h *Hosted) hand() {
	h.posted.Store(true)
	h.post(h.pass)
}

// turn is what the host calls: one pass.
func (h *Hosted) turn() {
	r := h.r
	switch {
	case !h.posted.Load() || h.gone.Load():
		return // the host called twice, or too late
	case !r.OnLoop():
		panic("reactor: StartHosted: the host calls what was posted on another thread than the one that StartHosted was called on")
	case h.turning:
		panic("reactor: StartHosted: the host's post calls the function itself, or the host calls it in a callback of the reactor")
	}
	h.posted.Store(false)
	h.turning = true
	var err error
	if h.waiting {
		h.waiting = false
		err = <-h.woke
		r.mail.woke()
	}
	h.start()
	h.unpark()
	if e := r.Loop.pass(0); err == nil {
		err = e
	}
	if err != nil {
		h.end(r.fail(err))
		return
	}
	if r.shutDownIfAsked(); r.stopped || r.crash.Load() {
		r.finish()
		h.end(nil)
		return
	}
	h.next()
	h.turning = false
}

// start fires the startup event in the first pass.
func (h *Hosted) start() {
	if !h.started {
		h.started, h.home = true, callDepth()
		h.r.startup()
	}
}

// next has the poller waited for, or the next pass made at once when there is something to do.
func (h *Hosted) next() {
	l := h.r.Loop
	l.busy = false // nothing sleeps here: what a pass began is looked at when it is ready
	d := l.timeout(-1)
	if len(h.parked) > 0 && (d < 0 || d > parkedWait) {
		d = parkedWait
	}
	if d != 0 {
		d = h.poller.Prepare(d)
	}
	if d == 0 || !l.mail.sleep() {
		h.hand()
		return
	}
	h.until = math.MaxInt64
	if d > 0 {
		h.until = after(l.nanos(), d)
	}
	h.waiting, h.nudged = true, false
	h.wants <- d
}

// nudge ends the wait because there is something for a pass to do. A nil Hosted has none. It is called by what is loop only.
func (h *Hosted) nudge() {
	if h != nil && h.waiting && !h.nudged {
		h.nudged = true
		h.poller.Wake()
	}
}

// armed is nudge for a delayed call.
func (h *Hosted) armed(when int64) {
	if h != nil && when < h.until {
		h.nudge()
	}
}
