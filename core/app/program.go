// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/handover"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
)

// A program runs one service. The order of its start is that of run and, on the loop, of bind, started: what needs rights comes first, the rights go, the
// service starts. Each step that succeeded is undone at the end, in reverse.
type program struct {
	*session
	action
	status *statusPipe // of a daemon, else nil

	sink    Log
	log     *slog.Logger
	env     *Env
	reactor *reactor.Reactor
	served  bool // the reactor ran, and is closed by that
	svc     service.Service
	crashes *os.File // of a daemon
	notify  Notifier
	undo    []func()

	upgrader   *handover.Upgrader // nil for none
	noUpgrader error              // why
	passedOn   map[string]int     // descriptors for a successor, by name
	handedOver atomic.Bool        // there is a successor
	signals    signalQueue

	// The rest belongs to the loop.
	stage    stage
	starting *deferred.Deferred[struct{}] // Bind or Start, under way
	stopping func()                       // goes on with stopping when starting has fired
	err      error                        // why it ends, if not well
	hurried  atomic.Bool                  // by a second signal
	overdue  bool                         // the grace is over
	ending   bool                         // the reactor stops

	statusPort endpoint.Port
	successor  int  // its process
	tookOver   bool // from the predecessor
	reloading  bool // a reload is under way
	reloadNext bool // another follows
}

// A stage is how far the service has come.
type stage uint8

const (
	stageNew stage = iota
	stageBinding
	stageStarting
	stageRunning
	stageStopping
	stageGone
)

// run runs the service and returns why it failed.
func (p *program) run() (err error) {
	if p.daemon() && p.status == nil && p.from == nil {
		return p.startDaemon()
	}
	p.passedOn = map[string]int{}
	defer p.watchSignals()()
	defer func() {
		for i := len(p.undo) - 1; i >= 0; i-- {
			p.undo[i]()
		}
	}()
	defer p.recovered(&err)
	for _, step := range []func() error{p.enter, p.openLog, p.startProfile, p.startDebug, p.makeReactor, p.makeService, p.changeRoot} {
		if err := step(); err != nil || p.signals.stopped() {
			return err
		}
	}
	return p.serve()
}

// daemon reports whether the program runs in the background.
func (p *program) daemon() bool { return p.options.process.daemon }

// atEnd adds what undoes a step.
func (p *program) atEnd(f func()) { p.undo = append(p.undo, f) }

// enter takes the place that only one process may have.
func (p *program) enter() error {
	leave, err := p.options.process.enter(p.from)
	if err != nil {
		return err
	}
	p.atEnd(leave)
	p.options.process.descriptors(p.passedOn)
	return nil
}

func (p *program) openLog() error {
	switch p.options.log.File {
	case "", "-", "+":
	default:
		p.options.process.createLog(p.options.log.File)
	}
	sink, err := p.app.OpenLog(p.options.log)
	if err != nil {
		return &ExitError{Code: ExitIOErr, Err: fmt.Errorf("--log-file: %w", err)}
	}
	p.sink, p.log = sink, slog.New(sink)
	p.atEnd(func() {
		if err := sink.Close(); err != nil {
			fmt.Fprintf(p.stdio.Err, "%s: the log: %v\n", p.app.Name, err)
		}
	})
	if p.daemon() {
		return p.watchCrashes()
	}
	return nil
}

func (p *program) makeReactor() error {
	cfg := p.options.engine.config()
	cfg.Inherited = p.from.Sockets()
	cfg.Logger, cfg.ShutdownGrace = p.log, max(p.options.grace, time.Nanosecond)
	r, err := reactor.New(cfg)
	if err != nil {
		return fmt.Errorf("--reactor: %w", err)
	}
	p.reactor = r
	p.notify = p.notifier()
	p.prepareSuccession()
	p.atEnd(func() {
		if !p.served {
			r.Close()
		}
	})
	return nil
}

func (p *program) makeService() error {
	p.env = &Env{
		Reactor: p.reactor, Log: p.log, LogSpec: p.options.log, Name: p.app.Name, Daemon: p.daemon(), Grace: p.options.grace,
		Stdin: p.stdio.In, Stdout: p.stdio.Out, Stderr: p.stdio.Err, stop: p.stopFor,
	}
	svc, err := p.make(p.env)
	p.svc = svc
	return err
}

func (p *program) changeRoot() error {
	return p.options.process.changeRoot(p.options.rundir, p.origin)
}

// serve runs the reactor.
func (p *program) serve() error {
	if stale := p.options.process.stale; stale != 0 {
		p.log.Warn("took over a pid file that a process left which is gone", "pid", stale)
	}
	if _, err := p.reactor.AddSystemEventTrigger(reactor.Before, reactor.Shutdown, p.shutdown); err != nil {
		return err
	}
	p.reactor.CallWhenRunning(p.bind)
	unwatch := context.AfterFunc(p.ctx, func() { p.reactor.CallFromThread(p.stop) })
	defer unwatch()
	p.signals.open(p.handle)
	defer p.signals.close()
	p.served = true
	err := p.reactor.Run(context.WithoutCancel(p.ctx))
	switch {
	case err != nil:
	case p.hurried.Load():
		err = errors.New("stopped at once by a second signal")
	default:
		err = p.err
	}
	if err != nil {
		attrs := []any{"error", err}
		if e, ok := errors.AsType[*ExitError](err); ok && e.Hint != "" {
			attrs = append(attrs, "hint", e.Hint)
		}
		p.log.Error("the program failed", attrs...)
	}
	p.log.Info("server shut down")
	return err
}

// bind is the first step on the loop.
func (p *program) bind() {
	b, ok := p.svc.(service.Binder)
	if !ok && p.options.status == "" {
		p.start(nil)
		return
	}
	p.stage = stageBinding
	p.starting = deferred.ExecuteD(p.reactor, p.openStatus)
	if ok {
		p.starting.AddCallbackD(func(struct{}) *deferred.Deferred[struct{}] { return b.Bind() })
	}
	p.starting.Done(func(_ struct{}, err error) {
		if !ok && p.stopping == nil {
			p.stage = stageNew // there is nothing to stop
		} else if !ok {
			p.stage = stageGone
		}
		p.start(err)
	})
}

// start comes after Bind: the rights go, the service starts.
func (p *program) start(err error) {
	p.starting = nil
	if p.stopping != nil || err != nil {
		if err != nil {
			p.stage = stageGone
		}
		p.failed(err)
		return
	}
	if err := p.options.process.shed(p.log, p.atEnd); err != nil {
		p.failed(err)
		return
	}
	p.stage = stageStarting
	p.starting = deferred.ExecuteD(p.reactor, p.svc.Start)
	p.starting.Done(func(_ struct{}, err error) { p.started(err) })
}

// started comes after Start.
func (p *program) started(err error) {
	p.starting = nil
	if p.stage != stageStarting {
		return // Stop has cancelled it
	}
	if err != nil {
		p.stage = stageGone
		p.failed(err)
		return
	}
	p.stage = stageRunning
	about := []any{"program", p.app.Name, "version", p.app.Version, "go", runtime.Version(), "service", p.plugin.Name,
		"reactor", p.reactor.PollerName(), "loops", len(p.reactor.Loops()), "pid", os.Getpid()}
	if pid := p.from.Predecessor(); pid != 0 {
		about = append(about, "predecessor", pid)
	}
	p.log.Info("started", about...)
	p.status.ready()
	p.takeOver()
	p.notify.Ready()
	if p.reloadNext {
		p.reload()
	}
	if e, ok := p.svc.(service.Ender); ok {
		deferred.ExecuteD(p.reactor, e.Ended).Done(func(_ struct{}, err error) { p.ended(err) })
	}
}

// ended comes when the service has come to an end by itself, or is stopped.
func (p *program) ended(err error) {
	if p.stage != stageRunning || p.ending {
		return
	}
	if err == nil {
		p.log.Info("the service has done its work: stopping")
		p.stop()
		return
	}
	hint := "what it could not do is in the log, or run it under a service.Supervisor, which starts it again"
	if _, ok := errors.AsType[*service.GaveUpError](err); ok {
		hint = "the log has the end of each of its lives; if that is what it has to live with, give its service.Supervisor a greater Intensity, or a Backoff"
	}
	p.err = &ExitError{Err: fmt.Errorf("the service %s cannot go on: %w", p.plugin.Name, err), Hint: hint}
	p.stop()
}

// failed ends the start.
func (p *program) failed(err error) {
	if p.stopping != nil { // that goes on now, and what a cancelled start says is no news
		p.stopping()
		return
	}
	p.err = err
	p.stop()
}

// stop asks the reactor to stop. Loop only.
func (p *program) stop() { _ = p.reactor.Stop() } // it may have been asked before

// stopFor is Env.Stop.
func (p *program) stopFor(err error) {
	p.reactor.CallFromThread(func() {
		if p.err == nil && p.stage < stageStopping {
			p.err = err
		}
		p.stop()
	})
}
