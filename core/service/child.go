// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A child is a service in a group.
type child struct {
	g    *group
	name string
	svc  Service
	life life

	since    time.Time // when the state began
	lastErr  error
	ended    func(c *child, err error) // called when it ended by itself; it is running or draining then
	pass     int                       // the start of the group that came to it last
	restarts int                       // those by a Supervisor
	policy   ChildConfig
	attempts int                  // restarts in a row, none of which lasted
	recovery *recovery            // the restart that it is part of; may be nil
	started  time.Time            // when it last began to run
	patience protocol.DelayedCall // not nil while it stops and has a time for it
	calls    waiters              // who waits for a Drain or Reload of it
}

func newChild(g *group, name string, s Service) *child {
	c := &child{g: g, name: name, svc: s, since: g.loop.Now()}
	c.life = life{loop: g.loop, up: s.Start, down: s.Stop, changed: c.changed, began: c.watch}
	if b, ok := s.(Binder); ok {
		c.life.bind = b.Bind
	}
	c.place()
	return c
}

func (c *child) place() {
	if p, ok := c.svc.(placed); ok {
		p.place(c.g.under(c.name), c.g.logger())
	}
}

func (c *child) log() *slog.Logger { return c.g.logger().With("service", c.g.under(c.name)) }

// changed notes and logs a new state.
func (c *child) changed(s State, err error) {
	c.since = c.g.loop.Now()
	if err != nil {
		c.lastErr = err
	}
	switch {
	case s == Failed:
		c.log().Error("service: failed", errorAttrs(err)...)
	case err != nil:
		c.log().Error("service: "+s.String(), errorAttrs(err)...)
	case s == Running || s == Stopped || s == Draining || s == Waiting:
		c.log().Info("service: " + s.String())
	default:
		c.log().Debug("service: " + s.String())
	}
	if s != Stopping && c.patience != nil {
		c.patience.Cancel()
		c.patience = nil
	}
	switch s {
	case Running:
		c.started = c.since
	case Stopped, Failed:
		c.calls.fire(ErrStopped)
	}
}

// watch waits for the end of a service that can end by itself.
func (c *child) watch() {
	e, ok := c.svc.(Ender)
	if !ok {
		return
	}
	turn := c.life.turn
	deferred.ExecuteD(c.g.loop, e.Ended).Done(func(_ struct{}, err error) {
		if turn == c.life.turn { // else it was stopped, which is its end
			c.ended(c, err)
		}
	})
}

// bind binds the service, if it can be bound.
func (c *child) bind() *deferred.Deferred[struct{}] {
	if c.life.bind == nil {
		return c.life.done()
	}
	return c.life.Bind()
}

func (c *child) start() *deferred.Deferred[struct{}] { return c.life.Start() }

// stop stops the service, and gives it up when it takes longer than its time.
func (c *child) stop() *deferred.Deferred[struct{}] { return c.stopping(nil) }

// stopping is stop, for one that has ended with the error cause if that is not nil.
func (c *child) stopping(cause error) *deferred.Deferred[struct{}] {
	d := c.do(func() *deferred.Deferred[struct{}] { return c.life.end(cause) }, nil)
	if c.policy.Shutdown > 0 && c.life.state == Stopping && c.patience == nil {
		c.patience = c.g.loop.CallLater(c.policy.Shutdown, func() {
			c.patience = nil
			c.log().Error("service: does not stop: abandoned", "after", c.policy.Shutdown)
			c.life.abandon()
		})
	}
	return d
}

// call makes a call that ends by itself, or when the service is gone.
func (c *child) call(f func() *deferred.Deferred[struct{}]) func() *deferred.Deferred[struct{}] {
	return func() *deferred.Deferred[struct{}] {
		d := c.calls.add(c.g.loop)
		deferred.ExecuteD(c.g.loop, f).Done(func(_ struct{}, err error) { c.calls.settle(d, err) })
		return d
	}
}

// do calls f, tells done, if not nil, how that went, and says of an error whose it is.
func (c *child) do(f func() *deferred.Deferred[struct{}], done func(error)) *deferred.Deferred[struct{}] {
	return deferred.ExecuteD(c.g.loop, f).AddBoth(func(v struct{}, err error) (struct{}, error) {
		if done != nil {
			done(err)
		}
		if err != nil {
			err = childError(c.name, err)
		}
		return v, err
	})
}

// doDrain drains the service, if it can be drained and runs. It stays Draining until it is stopped.
func (c *child) doDrain() *deferred.Deferred[struct{}] {
	d, ok := c.svc.(Drainer)
	if !ok || c.life.state != Running {
		return c.life.done()
	}
	c.life.set(Draining, nil)
	return c.do(c.call(d.Drain), func(err error) {
		if err != nil && err != ErrStopped {
			c.log().Error("service: drain failed", errorAttrs(err)...)
		}
	})
}

func (c *child) doReload() *deferred.Deferred[struct{}] {
	r, ok := c.svc.(Reloader)
	if !ok || c.life.state != Running {
		return c.life.done()
	}
	return c.do(c.call(r.Reload), func(err error) {
		if err != nil {
			c.log().Error("service: reload failed", errorAttrs(err)...)
		} else {
			c.log().Info("service: reloaded")
		}
	})
}

// status is the child's line in the status of its group, with what is below it.
func (c *child) status() Status {
	s := Status{Name: c.name, State: c.life.state, Since: c.since, Restarts: c.restarts, LastError: c.lastErr}
	if r, ok := c.svc.(Reporter); ok {
		s.HealthError = check(func() error { s.Children = r.Status().Children; return nil })
		return s // what it says of itself is what its parts say
	}
	if h, ok := c.svc.(Checker); ok && c.life.state != Stopped && c.life.state != Failed {
		s.HealthError = check(h.Health)
	}
	if r, ok := c.svc.(Readier); ok && c.life.state == Running {
		s.ReadyError = check(r.Ready)
	}
	return s
}

// check makes an error of a panic.
func check(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = deferred.Recovered(v)
		}
	}()
	return f()
}
