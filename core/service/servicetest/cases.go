// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package servicetest

import "github.com/torsion-go/torsion/core/service"

func (r *rig) again() {
	for range 3 {
		r.must("Start", r.s.Service.Start())
		r.stopped()
	}
}

func (r *rig) stopDuringStart() {
	for range 2 {
		started := r.s.Service.Start()
		r.stopped()
		r.result("Start", started) // fires, whatever with
		r.nothingOpen()
	}
	r.must("Start afterwards", r.s.Service.Start())
	r.stopped()
}

func (r *rig) ended() {
	e, ok := r.s.Service.(service.Ender)
	if !ok {
		r.Skip("not an Ender")
	}
	for range 2 {
		r.must("Start", e.Start())
		ended := e.Ended()
		if ended.Called() {
			r.Skip("it ends at once")
		}
		r.stopped()
		r.must("Ended after Stop", ended)
	}
}

func (r *rig) binder() service.Binder {
	b, ok := r.s.Service.(service.Binder)
	if !ok {
		r.Skip("not a Binder")
	}
	return b
}

func (r *rig) bindAndStop() {
	b := r.binder()
	for range 2 {
		r.must("Bind", b.Bind())
		r.stopped()
	}
}

func (r *rig) bindAndStart() {
	b := r.binder()
	for range 2 {
		r.must("Bind", b.Bind())
		r.must("Start", b.Start())
		r.stopped()
	}
}

func (r *rig) stopDuringBind() {
	b := r.binder()
	bound := b.Bind()
	r.stopped()
	r.result("Bind", bound)
	r.must("Bind afterwards", b.Bind())
	r.stopped()
}

func (r *rig) reload() {
	l, ok := r.s.Service.(service.Reloader)
	if !ok {
		r.Skip("not a Reloader")
	}
	r.must("Start", l.Start())
	r.must("Reload", l.Reload())
	r.stopped()
}

func (r *rig) drainer() service.Drainer {
	d, ok := r.s.Service.(service.Drainer)
	if !ok {
		r.Skip("not a Drainer")
	}
	return d
}

func (r *rig) drain() {
	d := r.drainer()
	for range 2 {
		r.must("Start", d.Start())
		r.must("Drain", d.Drain())
		r.stopped()
	}
}

func (r *rig) stopDuringDrain() {
	d := r.drainer()
	r.must("Start", d.Start())
	drained := d.Drain()
	r.stopped()
	r.result("Drain", drained)
	r.must("Start afterwards", d.Start())
	r.stopped()
}

// health asks in every state: there is always an answer.
func (r *rig) health() {
	ask := func() {
		if c, ok := r.s.Service.(service.Checker); ok {
			c.Health()
		}
		if c, ok := r.s.Service.(service.Readier); ok {
			c.Ready()
		}
		if c, ok := r.s.Service.(service.Reporter); ok {
			_ = c.Status().String()
		}
	}
	ask()
	started := r.s.Service.Start()
	ask()
	r.must("Start", started)
	ask()
	if c, ok := r.s.Service.(service.Checker); ok && c.Health() != nil {
		r.Errorf("not in order after Start: %v", c.Health())
	}
	r.stopped()
	ask()
}

func (r *rig) forgiving() {
	if !r.s.Forgiving {
		r.Skip("takes calls in the order of the contract only")
	}
}

func (r *rig) startTwice() {
	r.forgiving()
	first, second := r.s.Service.Start(), r.s.Service.Start()
	r.must("Start", first)
	r.must("second Start", second)
	r.must("third Start", r.s.Service.Start())
	r.stopped()
}

func (r *rig) stopTwice() {
	r.forgiving()
	r.must("Start", r.s.Service.Start())
	first, second := r.s.Service.Stop(), r.s.Service.Stop()
	r.must("Stop", first)
	r.must("second Stop", second)
	r.must("third Stop", r.s.Service.Stop())
	r.nothingOpen()
}

func (r *rig) stopUnstarted() {
	r.forgiving()
	r.stopped()
	r.must("Start", r.s.Service.Start())
	r.stopped()
}

func (r *rig) startWhileStopping() {
	r.forgiving()
	r.must("Start", r.s.Service.Start())
	stopped, started := r.s.Service.Stop(), r.s.Service.Start()
	r.must("Stop", stopped)
	r.must("Start while it stops", started)
	r.stopped()
}
