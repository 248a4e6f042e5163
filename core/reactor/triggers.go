// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
)

// The system events that a reactor fires itself. Any other name may be used as well.
const (
	Startup  = "startup"
	Shutdown = "shutdown"
)

// A Phase is the part of a system event in which a trigger is called.
type Phase uint8

// The phases of a system event.
const (
	// Before: all triggers are started in order; what they return is waited for.
	Before Phase = iota
	// During: in order; the reactor's own work comes first.
	During
	// After: in order.
	After
)

// String returns "before", "during" or "after".
func (p Phase) String() string { return [...]string{"before", "during", "after"}[p] }

// ErrNoTrigger is returned for a trigger that was called, was removed, or never was.
var ErrNoTrigger = errors.New("reactor: no such system event trigger")

// A Trigger stands for a registered trigger. The zero Trigger stands for none.
type Trigger struct {
	event  string
	phase  Phase
	number uint64
}

// An event is a system event: its triggers are used up by firing it.
type event struct{ phases [3][]trigger }

type trigger struct {
	number uint64
	f      func() *deferred.Deferred[struct{}]
}

// AddSystemEventTrigger calls f when the event fires, in the given phase, after the triggers of that phase that are there already. f may return a Deferred, or nil;
// only the Before phase waits for it, and a failure is logged. A trigger is called once. Twisted: addSystemEventTrigger. Loop only.
func (r *Reactor) AddSystemEventTrigger(phase Phase, event string, f func() *deferred.Deferred[struct{}]) (Trigger, error) {
	loopcheck.Check(r.Loop, "reactor: AddSystemEventTrigger")
	if phase > After {
		return Trigger{}, fmt.Errorf("reactor: AddSystemEventTrigger: phase %d", uint8(phase))
	}
	r.triggers++
	e := r.event(event)
	e.phases[phase] = append(e.phases[phase], trigger{r.triggers, f})
	return Trigger{event, phase, r.triggers}, nil
}

// RemoveSystemEventTrigger removes a trigger, also while its event fires, unless it was called. Loop only.
func (r *Reactor) RemoveSystemEventTrigger(t Trigger) error {
	loopcheck.Check(r.Loop, "reactor: RemoveSystemEventTrigger")
	e := r.events[t.event]
	if e == nil || t.phase > After {
		return ErrNoTrigger
	}
	i := slices.IndexFunc(e.phases[t.phase], func(have trigger) bool { return have.number == t.number })
	if i < 0 {
		return ErrNoTrigger
	}
	e.phases[t.phase] = slices.Delete(e.phases[t.phase], i, i+1)
	return nil
}

// CallWhenRunning calls f at once when the reactor runs, else when it has started, and returns the Trigger of the latter. Loop only.
func (r *Reactor) CallWhenRunning(f func()) Trigger {
	loopcheck.Check(r.Loop, "reactor: CallWhenRunning")
	if r.state.Load() != idle {
		f()
		return Trigger{}
	}
	t, _ := r.AddSystemEventTrigger(After, Startup, func() *deferred.Deferred[struct{}] { f(); return nil })
	return t
}

// FireSystemEvent fires an event. The phases after Before may come later, when its Deferreds have fired. Loop only.
func (r *Reactor) FireSystemEvent(event string) {
	loopcheck.Check(r.Loop, "reactor: FireSystemEvent")
	e := r.event(event)
	r.fire(e, Before, func() {
		r.fire(e, During, func() {
			r.fire(e, After, func() {})
		})
	})
}

func (r *Reactor) event(name string) *event {
	e := r.events[name]
	if e == nil {
		e = new(event)
		r.events[name] = e
	}
	return e
}

// fire calls the triggers of one phase, also those that are added meanwhile, and next when all that has to be waited for is done.
func (r *Reactor) fire(e *event, phase Phase, next func()) {
	waiting := 1
	done := func() {
		if waiting--; waiting == 0 {
			next()
		}
	}
	for len(e.phases[phase]) > 0 {
		t := e.phases[phase][0]
		e.phases[phase] = e.phases[phase][1:]
		d := r.trigger(t)
		if d == nil {
			continue
		}
		if phase == Before {
			waiting++
		}
		d.Done(func(_ struct{}, err error) {
			if err != nil {
				r.log.Error("reactor: a system event trigger failed", "phase", phase.String(), "error", err)
			}
			if phase == Before {
				done()
			}
		})
	}
	done()
}

func (r *Reactor) trigger(t trigger) *deferred.Deferred[struct{}] {
	defer r.recovered("a system event trigger", nil, nil)
	return t.f()
}
