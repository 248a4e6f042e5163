// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"context"
	"runtime"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// Run runs the reactor on the calling goroutine, which it locks to its thread, until Stop is called or ctx ends, and then until everything is shut down: see
// [Reactor.Stop]. After Crash it may be called again, after a stop not. The error is one of ErrAlreadyRunning and ErrNotRestartable, or that
// of a poller that failed, after which all connections are lost and no more system events fire.
func (r *Reactor) Run(ctx context.Context) error {
	r.control("Run")
	if err := r.begin(); err != nil {
		return err
	}
	lockThread(r.Loop)
	defer unlockThread(r.Loop)
	defer r.pin()()
	defer leave(r.Loop)
	unwatch := context.AfterFunc(ctx, func() { _ = r.Stop() }) // it may have stopped already
	defer unwatch()
	defer r.watchSignals()()
	for _, l := range r.Loops()[1:] {
		r.startSibling(l)
	}
	r.startup()
	for !r.stopped && !r.crash.Load() {
		if err := r.pass(-1); err != nil {
			return r.fail(err)
		}
		r.shutDownIfAsked()
	}
	r.finish()
	return nil
}

// begin takes the reactor from idle to running.
func (r *Reactor) begin() error {
	if r.state.CompareAndSwap(idle, running) {
		return nil
	}
	if r.state.Load() == over {
		return ErrNotRestartable
	}
	return ErrAlreadyRunning
}

func (r *Reactor) startup() {
	r.pool.Start()
	r.FireSystemEvent(Startup)
}

func (r *Reactor) shutDownIfAsked() {
	if r.state.Load() == stopAsked && !r.stopping {
		r.stopping = true
		r.shutdown()
	}
}

// finish leaves the loops, for good unless the reactor crashed.
func (r *Reactor) finish() {
	r.quitSiblings()
	if !r.stopping {
		r.crash.Store(false)
		r.state.Store(idle)
		return
	}
	r.state.Store(over)
	if !r.stopped { // it crashed while it stopped
		r.dropAll(protocol.Lost(ErrStopped))
		r.pool.Quit()
	}
	r.closeLoops()
}

// quitSiblings ends the goroutines of the other loops. Loops that the caller drives itself have none, and would find the call in their mailbox when they do.
func (r *Reactor) quitSiblings() {
	for _, l := range r.Loops()[1:] {
		if !l.OnLoop() {
			l.CallFromThread(func() { l.quit = true })
		}
	}
	r.siblings.Wait()
}

// fail ends the reactor after an error that leaves nothing to poll with.
func (r *Reactor) fail(err error) error {
	r.log.Error("reactor: the poller failed: everything ends", "error", err)
	r.quitSiblings()
	r.state.Store(over)
	siblings := r.Loops()[1:]
	lockThread(siblings...)
	r.dropAll(protocol.Lost(err))
	unlockThread(siblings...)
	r.pool.Quit()
	r.closeLoops()
	return err
}

// startSibling gives a loop its goroutine, which finish waits for.
func (r *Reactor) startSibling(l *Loop) {
	r.siblings.Add(1)
	l.quit, l.broken = false, false
	go func() {
		defer r.siblings.Done()
		lockThread(l)
		defer unlockThread(l)
		defer l.pin()()
		defer leave(l)
		for !l.quit {
			if err := l.pass(-1); err != nil {
				r.log.Error("reactor: the poller of a loop failed: the reactor stops", "loop", l.index, "error", err)
				l.broken = true // from here on the loop does without
				l.dropConnections(protocol.Lost(err))
				_ = r.Stop() // it may be stopping
			}
		}
	}()
}

// lockThread locks the caller to its thread and makes it the thread of the loops, until unlockThread.
func lockThread(loops ...*Loop) {
	runtime.LockOSThread()
	id := identity()
	for _, l := range loops {
		l.ident.Store(id)
	}
}

func unlockThread(loops ...*Loop) {
	for _, l := range loops {
		l.ident.Store(0)
	}
	runtime.UnlockOSThread()
}

// Stop asks the reactor to stop. The pass under way is finished, then the Shutdown event fires:
//
//   - "before" triggers, which may take their time;
//   - the reactor's own: ports close, attempts to connect fail, nothing more is read; every connection ends as soon as what it has queued has left, at the latest
//     after Config.ShutdownGrace, with a reason that matches protocol.ErrConnectionLost;
//   - "during" triggers; the functions in the thread pool are waited for;
//   - "after" triggers.
//
// Then the loops end and Run returns. When the reactor does not run, or stops already, Stop returns ErrNotRunning. Safe from any goroutine.
func (r *Reactor) Stop() error {
	r.control("Stop")
	if !r.state.CompareAndSwap(running, stopAsked) {
		return ErrNotRunning
	}
	r.wake()
	return nil
}

// Crash makes Run return after the pass under way, without a system event. Ports and connections stay, and Run may be called again. When the reactor does not
// run it returns ErrNotRunning. Safe from any goroutine.
func (r *Reactor) Crash() error {
	r.control("Crash")
	if s := r.state.Load(); s != running && s != stopAsked {
		return ErrNotRunning
	}
	r.crash.Store(true)
	r.wake()
	return nil
}

// StartRunning begins as Run does, without running: the caller drives the reactor by calling Iterate, until that returns ErrNotRunning. Signals are left
// alone.
func (r *Reactor) StartRunning() error {
	r.control("StartRunning")
	if err := r.begin(); err != nil {
		return err
	}
	if err := r.hold(); err != nil {
		r.state.Store(idle)
		return err
	}
	loops := r.Loops()
	lockThread(loops...)
	defer unlockThread(loops...)
	r.driven = true
	r.startup()
	return nil
}

// hold keeps the goroutine that drives the reactor on its thread, to which coroutines are bound, until Close.
func (r *Reactor) hold() error {
	id := identity()
	switch r.holder {
	case id:
		return nil
	case 0:
		runtime.LockOSThread()
		r.holder = identity()
		return nil
	}
	return ErrOtherGoroutine
}

// Iterate makes one pass of every loop on the calling goroutine, which has to be the same one each time and stays locked to its thread (call Run on it too, if at all), of which the main loop's waits at most d for something to happen; a negative d waits without end.
// It works before Run too, and returns ErrAlreadyRunning inside it. After StartRunning it returns ErrNotRunning once the reactor has stopped.
func (r *Reactor) Iterate(d time.Duration) error {
	r.control("Iterate")
	return r.iterate(d)
}

func (r *Reactor) iterate(d time.Duration) error {
	if r.Running() {
		return ErrAlreadyRunning
	}
	if r.state.Load() == over {
		return ErrNotRunning
	}
	if err := r.hold(); err != nil {
		return err
	}
	loops := r.Loops()
	lockThread(loops...)
	defer unlockThread(loops...)
	for _, l := range loops[1:] {
		if err := l.pass(0); err != nil {
			return r.fail(err)
		}
	}
	if err := r.pass(d); err != nil {
		return r.fail(err)
	}
	if r.shutDownIfAsked(); r.stopped || r.crash.Load() {
		r.driven = false
		r.finish()
		if r.state.Load() == over {
			leave(loops...)
		}
	}
	return nil
}
