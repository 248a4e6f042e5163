// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/service"
)

// lastMoment is what a service gets to end what is left after the grace, and the reactor after it, before they are left to the end of the process.
const lastMoment = time.Second

// errGraceOver is why a service that takes too long to stop is not waited for any more.
var errGraceOver = errors.New("the grace is over")

// shutdown is called when the reactor begins to stop, whatever the reason is. What it returns fires when the service is gone.
func (p *program) shutdown() *deferred.Deferred[struct{}] {
	gone := deferred.New[struct{}](p.reactor)
	p.ending = true
	if p.handedOver.Load() {
		p.closeStatus() // whoever asks means the successor
	} else {
		p.notify.Stopping()
	}
	deadline := p.reactor.Now().Add(p.options.grace)
	p.reactor.CallLater(p.options.grace+2*lastMoment, func() {
		p.log.Warn("stopping took longer than the grace allows: going without what is left")
		_ = p.reactor.Crash() // it runs: this is its call
	})
	switch p.stage {
	case stageNew, stageGone:
		return nil
	case stageBinding:
		if p.starting == nil { // the rights could not be given up
			p.stopService(deadline, gone)
			break
		}
		p.stopping = func() {
			if p.stage == stageGone {
				_ = gone.Callback(struct{}{})
				return
			}
			p.stopService(deadline, gone)
		}
		p.starting.Cancel()
	case stageRunning:
		p.drain(deadline, gone)
	default:
		p.stopService(deadline, gone)
	}
	return gone
}

// drain lets the service finish what it has begun.
func (p *program) drain(deadline time.Time, gone *deferred.Deferred[struct{}]) {
	d, ok := p.svc.(service.Drainer)
	if !ok {
		p.stopService(deadline, gone)
		return
	}
	drained := deferred.ExecuteD(p.reactor, d.Drain)
	timer := p.reactor.CallLater(deadline.Sub(p.reactor.Now()), func() {
		p.overdue = true
		drained.Cancel()
	})
	drained.Done(func(_ struct{}, err error) {
		_ = timer.Cancel() // it may be what runs
		if err != nil && !p.overdue {
			p.log.Error("the service did not drain", "error", err)
		}
		p.stopService(deadline, gone)
	})
}

// stopService stops the service, bound or started, and fires gone.
func (p *program) stopService(deadline time.Time, gone *deferred.Deferred[struct{}]) {
	p.stage = stageStopping
	stopped := deferred.ExecuteD(p.reactor, p.svc.Stop)
	left := max(deadline.Sub(p.reactor.Now()), lastMoment)
	stopped.AddTimeoutFunc(left, p.reactor, func(v struct{}, err error, _ time.Duration) (struct{}, error) {
		return v, errGraceOver
	}).Done(func(_ struct{}, err error) {
		p.stage = stageGone
		if err != nil {
			p.log.Error("the service did not stop well", "error", err)
		}
		_ = gone.Callback(struct{}{})
	})
}
