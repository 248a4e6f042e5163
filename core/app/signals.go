// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/service"
)

// A signalQueue keeps the signals that come before the reactor runs, and drops those that come after it, when there is nothing left to do for them.
type signalQueue struct {
	mu     sync.Mutex
	early  []os.Signal     // guarded by mu, like the rest
	handle func(os.Signal) // nil before the reactor runs
	closed bool
	stop   os.Signal // the first that came before the reactor ran, or after it
}

// maxEarly bounds the signals that are kept.
const maxEarly = 16

// deal handles a signal now or later. die says that it is the second one that stops the program before its reactor runs, or the second after.
func (q *signalQueue) deal(s os.Signal) (die bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.handle != nil && !q.closed:
		q.handle(s)
	case stops(s) && q.stop != nil:
		return true
	case stops(s):
		q.stop = s
	case len(q.early) < maxEarly && !q.closed:
		q.early = append(q.early, s)
	}
	return false
}

// stopped reports whether the program is not to start any more.
func (q *signalQueue) stopped() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stop != nil
}

// open begins to handle.
func (q *signalQueue) open(handle func(os.Signal)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.handle = handle
	for _, s := range q.early {
		handle(s)
	}
	if q.stop != nil {
		handle(q.stop)
	}
}

func (q *signalQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

func stops(s os.Signal) bool { return s == os.Interrupt || s == syscall.SIGTERM }

// watchSignals handles the signals of the process until the function that it returns is called.
func (p *program) watchSignals() (unwatch func()) {
	signals := make(chan os.Signal, 8) // package signal does not wait
	for _, s := range append([]os.Signal{os.Interrupt, syscall.SIGTERM}, otherSignals(p.app.Succeed != nil || p.canSucceed())...) {
		if !signal.Ignored(s) { // as SIGINT is in the background of a simple shell, SIGHUP under nohup
			signal.Notify(signals, s)
		}
	}
	quit, left := make(chan struct{}), make(chan struct{})
	go func() { // unwatch waits for it
		defer close(left)
		for {
			select {
			case s := <-signals:
				if p.signals.deal(s) && p.replace {
					raise(s)
				}
			case <-quit:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(quit)
		<-left
		if p.signal == nil {
			p.signal = p.signals.stop
		}
	}
}

// handle runs on the goroutine of watchSignals, so that files are no loop's business.
func (p *program) handle(s os.Signal) {
	switch s {
	case signalRotate:
		p.logFile("rotate", p.sink.Rotate)
	case signalReload:
		p.logFile("reopen", p.sink.Reopen)
		p.reactor.CallFromThread(p.reload)
	case signalSucceed:
		p.reactor.CallFromThread(p.succeed)
	case signalStatus:
		p.reactor.CallFromThread(p.logStatus)
	default:
		p.stopBy(s)
	}
}

// stopBy stops the program for a first signal, and ends it for a second. A third finds the system's way restored: the process dies.
func (p *program) stopBy(s os.Signal) {
	if p.signal == nil {
		p.signal = s
		p.log.Info("stopping", "signal", s.String())
		p.reactor.CallFromThread(p.stop)
		return
	}
	p.log.Warn("stopping at once", "signal", s.String())
	p.hurried.Store(true)
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	p.reactor.CallFromThread(func() { _ = p.reactor.Crash() }) // it may have ended
}

func (p *program) logFile(what string, f func() error) {
	if err := f(); err != nil {
		p.log.Error("cannot "+what+" the log: it goes on as it was", "error", err)
		return
	}
	p.log.Info("the log was " + map[string]string{"rotate": "rotated", "reopen": "reopened"}[what])
}

// reload is for SIGHUP. One that comes during the start or another reload follows it, since what that has read may be older. Loop only.
func (p *program) reload() {
	r, ok := p.svc.(service.Reloader)
	switch {
	case !ok || p.stage > stageRunning || p.ending:
		return
	case p.stage < stageRunning || p.reloading:
		p.reloadNext = true
		return
	}
	p.reloading, p.reloadNext = true, false
	p.notify.Reloading()
	deferred.ExecuteD(p.reactor, r.Reload).Done(func(_ struct{}, err error) {
		p.reloading = false
		if err != nil {
			p.log.Error("the service was not reloaded: it goes on as it was", "error", err)
		} else {
			p.log.Info("reloaded", "service", p.plugin.Name)
		}
		if p.stage != stageRunning || p.ending {
			return
		}
		p.notify.Ready()
		if p.reloadNext {
			p.reload()
		}
	})
}
