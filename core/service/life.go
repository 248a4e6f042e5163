// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// A life stands between a service and those who call it, so that the service sees Bind, Start and Stop in the order of the contract only, whatever they are
// called in:
//
//	Stopped -Bind-> Binding -> Bound -Start-> Starting -> Running -Stop-> Stopping -> Stopped
//
// Start of what is not bound binds it first. What is called again, or while it is under way, joins the call before. Stop is possible in every state
// and makes what is under way fail with ErrStopped. Bind and Start while it stops wait for that and then begin anew, unless Stop is called again.
type life struct {
	loop     protocol.Loop
	bind     func() *deferred.Deferred[struct{}] // nil where there is nothing to bind
	up, down func() *deferred.Deferred[struct{}]
	changed  func(s State, err error) // may be nil
	began    func()                   // called when those who waited for Start have been told; may be nil

	state State
	turn  int   // grows when the results of calls under way no longer count
	cause error // while Stopping: why, if the service ended with an error

	binds, starts, stops waiters
}

// A waiters list has those who wait for the same thing.
type waiters []*deferred.Deferred[struct{}]

func (w *waiters) add(loop protocol.Loop) *deferred.Deferred[struct{}] {
	d := deferred.New[struct{}](loop)
	*w = append(*w, d)
	return d
}

// fire empties the list first: those who waited may come back at once.
func (w *waiters) fire(err error) {
	all := *w
	*w = nil
	for _, d := range all {
		if err != nil {
			d.Errback(err)
		} else {
			d.Callback(struct{}{})
		}
	}
}

// settle tells d alone, if it still waits.
func (w *waiters) settle(d *deferred.Deferred[struct{}], err error) {
	if i := slices.Index(*w, d); i >= 0 {
		*w = slices.Delete(*w, i, i+1)
		(&waiters{d}).fire(err)
	}
}

func (l *life) done() *deferred.Deferred[struct{}] { return deferred.SucceedOn(l.loop, struct{}{}) }

func (l *life) set(s State, err error) {
	l.state = s
	if l.changed != nil {
		l.changed(s, err)
	}
}

// Bind is Binder's.
func (l *life) Bind() *deferred.Deferred[struct{}] {
	loopcheck.Check(l.loop, "service: Bind")
	switch l.state {
	case Stopped, Failed, Waiting:
		d := l.binds.add(l.loop)
		l.doBind()
		return d
	case Binding, Stopping:
		return l.binds.add(l.loop)
	}
	return l.done()
}

// Start is Service's.
func (l *life) Start() *deferred.Deferred[struct{}] {
	loopcheck.Check(l.loop, "service: Start")
	switch l.state {
	case Stopped, Failed, Waiting:
		d := l.starts.add(l.loop)
		l.doBind()
		return d
	case Bound:
		d := l.starts.add(l.loop)
		l.doStart()
		return d
	case Binding, Starting, Stopping:
		return l.starts.add(l.loop)
	}
	return l.done()
}

// Stop is Service's.
func (l *life) Stop() *deferred.Deferred[struct{}] {
	loopcheck.Check(l.loop, "service: Stop")
	switch l.state {
	case Waiting:
		l.set(Stopped, nil)
		return l.done()
	case Stopped, Failed:
		return l.done()
	}
	d := l.stops.add(l.loop)
	overtaken := append(l.binds, l.starts...)
	l.binds, l.starts = nil, nil
	if l.state != Stopping {
		l.turn++
		turn := l.turn
		l.set(Stopping, nil)
		deferred.ExecuteD(l.loop, l.down).Done(func(_ struct{}, err error) {
			if turn == l.turn {
				l.gone(err)
			}
		})
	}
	overtaken.fire(ErrStopped)
	return d
}

// end is Stop for a service that ended by itself: it stands as Failed afterwards, if err is not nil.
func (l *life) end(err error) *deferred.Deferred[struct{}] {
	if err != nil && l.state != Stopped && l.state != Failed && l.state != Waiting {
		l.cause = err
	}
	return l.Stop()
}

// abandon takes a service that does not stop for gone. What it does from now on is not looked at.
func (l *life) abandon() {
	if l.state == Stopping {
		l.gone(nil)
	}
}

// doBind binds, and goes on to start if somebody waits for that.
func (l *life) doBind() {
	if l.bind == nil {
		l.binds.fire(nil)
		if l.state == Stopped || l.state == Failed || l.state == Waiting {
			l.doStart()
		}
		return
	}
	l.set(Binding, nil)
	turn := l.turn
	deferred.ExecuteD(l.loop, l.bind).Done(func(_ struct{}, err error) {
		if turn != l.turn {
			return
		}
		if err != nil {
			l.fail(err)
			return
		}
		l.set(Bound, nil)
		l.binds.fire(nil)
		if turn == l.turn && l.state == Bound {
			l.doStart()
		}
	})
}

func (l *life) doStart() {
	if len(l.starts) == 0 {
		return
	}
	l.set(Starting, nil)
	turn := l.turn
	deferred.ExecuteD(l.loop, l.up).Done(func(_ struct{}, err error) {
		if turn != l.turn {
			return
		}
		if err != nil {
			l.fail(err)
			return
		}
		l.set(Running, nil)
		l.starts.fire(nil)
		if turn == l.turn && l.began != nil {
			l.began()
		}
	})
}

func (l *life) fail(err error) {
	l.turn++
	l.set(Failed, err)
	failed := append(l.binds, l.starts...)
	l.binds, l.starts = nil, nil
	failed.fire(err)
}

// gone is called when nothing of the service is left.
func (l *life) gone(err error) {
	l.turn++
	cause := l.cause
	l.cause = nil
	if cause != nil {
		l.set(Failed, cause)
	} else {
		l.set(Stopped, err)
	}
	turn := l.turn
	l.stops.fire(err)
	if turn == l.turn && (l.state == Stopped || l.state == Failed) && len(l.starts)+len(l.binds) > 0 {
		l.doBind()
	}
}
