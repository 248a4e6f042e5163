// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/service"
)

// watchSignals handles the signals of the process until the function that it returns is called.
func (p *program) watchSignals() (unwatch func()) {
	signals := make(chan os.Signal, 8) // package signal does not wait
	for _, s := range append([]os.Signal{os.Interrupt, syscall.SIGTERM}, otherSignals(p.app.Succeed != nil)...) {
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
				p.handle(s)
			case <-quit:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(quit)
		<-left
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

// reload is for SIGHUP. Loop only.
func (p *program) reload() {
	r, ok := p.svc.(service.Reloader)
	if !ok || p.stage != stageRunning {
		return
	}
	if p.app.Notify != nil {
		p.app.Notify.Reloading()
	}
	deferred.ExecuteD(p.reactor, r.Reload).Done(func(_ struct{}, err error) {
		if err != nil {
			p.log.Error("the service was not reloaded: it goes on as it was", "error", err)
		} else {
			p.log.Info("reloaded", "service", p.plugin.Name)
		}
		if p.stage == stageRunning && p.app.Notify != nil {
			p.app.Notify.Ready()
		}
	})
}

// succeed is for SIGUSR2. Loop only.
func (p *program) succeed() {
	if p.stage != stageRunning {
		return
	}
	deferred.ExecuteD(p.reactor, func() *deferred.Deferred[struct{}] { return p.app.Succeed(p.env) }).Done(func(_ struct{}, err error) {
		if err != nil {
			p.log.Error("the successor did not start: this process goes on", "error", err)
			return
		}
		p.log.Info("the successor is ready: stopping")
		p.stop()
	})
}
