// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
)

// A strict service knows the contract, and reports every call that breaks it. When and how its Deferreds fire is chance.
type strict struct {
	t      *testing.T
	name   string
	clock  *protocoltest.Clock
	rnd    *rand.Rand
	binder bool
	state  service.State
	calls  int
	ended  []signal
}

func (s *strict) expect(call string, allowed ...service.State) {
	for _, a := range allowed {
		if s.state == a {
			return
		}
	}
	s.t.Errorf("%s: %s while %v", s.name, call, s.state)
}

// to goes to a state on the way, and later, perhaps, to one that is reached.
func (s *strict) to(way, reached service.State, mayFail bool) signal {
	s.state = way
	s.calls++
	call := s.calls
	d := deferred.New[struct{}](s.clock)
	finish := func() {
		switch {
		case s.calls != call: // overtaken by Stop
		case mayFail && s.rnd.IntN(6) == 0:
			s.state = service.Stopped
			d.Errback(errBoom)
		default:
			s.state = reached
			d.Callback(struct{}{})
		}
	}
	switch s.rnd.IntN(3) {
	case 0:
		finish()
	default:
		s.clock.CallLater(time.Duration(s.rnd.IntN(3))*second, finish)
	}
	return d
}

func (s *strict) Bind() signal {
	s.expect("Bind", service.Stopped)
	return s.to(service.Binding, service.Bound, true)
}

func (s *strict) Start() signal {
	if s.binder {
		s.expect("Start", service.Bound)
	} else {
		s.expect("Start", service.Stopped)
	}
	return s.to(service.Starting, service.Running, true)
}

func (s *strict) Stop() signal {
	s.expect("Stop", service.Binding, service.Bound, service.Starting, service.Running)
	s.fireEnded(nil)
	return s.to(service.Stopping, service.Stopped, false)
}

func (s *strict) Ended() signal {
	s.expect("Ended", service.Running)
	d := deferred.New[struct{}](s.clock)
	s.ended = append(s.ended, d)
	return d
}

func (s *strict) fireEnded(err error) {
	all := s.ended
	s.ended = nil
	for _, d := range all {
		if err != nil {
			d.Errback(err)
		} else {
			d.Callback(struct{}{})
		}
	}
}

func (s *strict) Drain() signal {
	s.expect("Drain", service.Running)
	return s.wait()
}

func (s *strict) Reload() signal {
	s.expect("Reload", service.Running)
	return s.wait()
}

func (s *strict) wait() signal {
	d := deferred.New[struct{}](s.clock)
	s.clock.CallLater(second, func() { d.Callback(struct{}{}) })
	return d
}

// strictUnbound is one without Bind.
type strictUnbound struct{ s *strict }

func (u strictUnbound) Start() signal { return u.s.Start() }
func (u strictUnbound) Stop() signal  { return u.s.Stop() }
func (u strictUnbound) Ended() signal { return u.s.Ended() }

// Whatever is asked of groups, in whatever order, and whatever happens meanwhile: a service sees the calls of its contract only, all that is asked gets its answer, and after
// Stop nothing is left.
func TestRandomCalls(t *testing.T) {
	for seed := range uint64(100) {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { randomCalls(t, rand.New(rand.NewPCG(seed, 1))) }) {
			return
		}
	}
}

func randomCalls(t *testing.T, rnd *rand.Rand) {
	handled(t)
	clock := protocoltest.NewClock()
	top := service.NewMulti(clock, service.MultiConfig{Logger: quiet, StopInOrder: rnd.IntN(2) == 0, StartTogether: rnd.IntN(2) == 0})
	inner := service.NewMulti(clock, service.MultiConfig{StopInOrder: rnd.IntN(2) == 0, StartTogether: rnd.IntN(2) == 0})
	cfg := service.SupervisorConfig{Strategy: service.Strategy(rnd.IntN(3)), Intensity: 3}
	if rnd.IntN(2) == 0 {
		cfg.Backoff = func(int) time.Duration { return second }
	}
	super := service.NewSupervisor(clock, cfg)
	var parts []*strict
	leaf := func() service.Service {
		s := &strict{t: t, name: fmt.Sprint("part ", len(parts)), clock: clock, rnd: rnd, binder: rnd.IntN(2) == 0}
		parts = append(parts, s)
		if s.binder {
			return s
		}
		return strictUnbound{s}
	}
	child := func() service.ChildConfig {
		return service.ChildConfig{Shutdown: -1, Restart: service.RestartPolicy(rnd.IntN(3))}
	}
	for range 3 {
		inner.Add("", leaf())
		super.Add("", leaf(), child())
	}
	top.Add("inner", inner)
	top.Add("", leaf())
	if rnd.IntN(2) == 0 {
		top.Add("super", super)
	} else {
		super.Add("inner", inner, child())
		top.Remove("inner")
		top.Add("super", super)
	}
	asked, answered := 0, 0
	ask := func(d signal) {
		asked++
		d.Done(func(struct{}, error) { answered++ })
	}
	for range 60 {
		switch rnd.IntN(14) {
		case 0:
			ask(top.Bind())
		case 1, 2, 3:
			ask(top.Start())
		case 4:
			ask(top.Stop())
		case 5:
			ask(top.Reload())
		case 6:
			if rnd.IntN(3) == 0 {
				ask(top.Drain())
			}
		case 7:
			inner.Add("", leaf())
			super.Add("", leaf(), child())
		case 8:
			ask(super.Remove(fmt.Sprintf("#%d", 1+rnd.IntN(5))))
			ask(inner.Remove(fmt.Sprintf("#%d", 1+rnd.IntN(5))))
		case 9:
			ask(super.StartChild(fmt.Sprintf("#%d", 1+rnd.IntN(5))))
		case 10, 11:
			parts[rnd.IntN(len(parts))].fireEnded([]error{nil, errBoom}[rnd.IntN(2)])
		default:
			clock.Advance(time.Duration(rnd.IntN(3)) * second / 2)
		}
		_ = top.Status().String()
		top.Health()
		top.Ready()
	}
	ask(top.Stop())
	for range 200 {
		clock.Advance(second)
	}
	equal(t, "answers", answered, asked)
	if s := top.Status().State; s != service.Stopped && s != service.Failed {
		t.Errorf("state %v after Stop", s)
	}
	for _, p := range parts {
		if p.state != service.Stopped {
			t.Errorf("%s: %v after Stop", p.name, p.state)
		}
	}
	equal(t, "timers", len(clock.Calls()), 0)
}
