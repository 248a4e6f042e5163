// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A SupervisorConfig tells how a Supervisor works. The zero value is ready to use.
type SupervisorConfig struct {
	// Strategy tells which children are restarted. 0 means OneForOne.
	Strategy Strategy
	// Intensity is how many restarts there may be within Period; one more, and the Supervisor gives up. 0 means 1, as in Erlang; a negative value none. Children
	// that are restarted together count as one.
	Intensity int
	// Period is the time in which restarts are counted. 0 means 5 s.
	Period time.Duration
	// Backoff is the delay before a restart; n counts the restarts of the child that died, and begins anew when it has run for Period. nil restarts at once, on the
	// next turn of the loop.
	Backoff Backoff
	// Logger receives the changes of the children's states. nil means that of the group around it, or of the loop, else slog.Default().
	Logger *slog.Logger
}

// A Supervisor is a Service made of services, its children, which it restarts when they die: when those that are Enders end, and when those that it restarts do not
// start. Erlang: supervisor. Loop only.
//
// Start starts the children in order, each when the one before is ready; if one does not start, the others are stopped, and the error is a *ChildError. Stop stops
// them in reverse, each when the one after it is gone or its time is up.
//
// Children that die more often than the configuration allows are the end of the Supervisor: it stops all others and ends itself, as Ended tells, with a *GaveUpError.
// A Supervisor around it then restarts it, or gives up too.
//
// A restart is a Stop, Bind and Start of the child, so what only a privileged process may bind cannot be restarted once privileges are gone.
type Supervisor struct {
	g        group
	cfg      SupervisorConfig
	restarts []time.Time  // those within Period
	early    []func()     // deaths of children while others were still being started
	gaveUp   *GaveUpError // while it stops

	recoveries map[*recovery]bool // those under way
}

var (
	_ Binder   = (*Supervisor)(nil)
	_ Reloader = (*Supervisor)(nil)
	_ Drainer  = (*Supervisor)(nil)
	_ Ender    = (*Supervisor)(nil)
	_ Reporter = (*Supervisor)(nil)
	_ Checker  = (*Supervisor)(nil)
	_ Readier  = (*Supervisor)(nil)
)

// NewSupervisor returns a Supervisor without children.
func NewSupervisor(loop protocol.Loop, cfg SupervisorConfig) *Supervisor {
	if cfg.Intensity == 0 {
		cfg.Intensity = 1
	}
	cfg.Intensity = max(cfg.Intensity, 0)
	if cfg.Period <= 0 {
		cfg.Period = 5 * time.Second
	}
	if cfg.Backoff == nil {
		cfg.Backoff = func(int) time.Duration { return 0 }
	}
	s := &Supervisor{cfg: cfg, recoveries: map[*recovery]bool{}}
	s.g.node = node{loop: loop, own: cfg.Logger}
	s.g.life = life{loop: loop, bind: s.bind, up: s.up, down: s.down, began: s.began}
	return s
}

// Add adds a child, last; see Multi.Add. Erlang: start_child.
func (s *Supervisor) Add(name string, child Service, cfg ChildConfig) error {
	name, err := s.g.name(name)
	if err != nil {
		return err
	}
	if cfg.Shutdown == 0 {
		cfg.Shutdown = DefaultShutdown
	}
	c := newChild(&s.g, name, child)
	c.policy = cfg
	c.ended = s.childEnded
	s.g.children = append(s.g.children, c)
	s.g.catchUp(c)
	return nil
}

// Remove takes a child out and stops it; see Multi.Remove. Erlang: terminate_child and delete_child.
func (s *Supervisor) Remove(name string) *deferred.Deferred[struct{}] { return s.g.remove(name) }

// Named returns a child by name or path; see Multi.Named.
func (s *Supervisor) Named(path string) (Service, bool) { return s.g.named(path) }

// All ranges over the names and children as they are now, in order.
func (s *Supervisor) All() iter.Seq2[string, Service] { return s.g.all() }

// StartChild starts a child that does not run, at once if it waits for its restart; see Multi.StartChild.
func (s *Supervisor) StartChild(name string) *deferred.Deferred[struct{}] {
	return s.g.startChild(name)
}

// Bind binds the children that are Binders; see Multi.Bind.
func (s *Supervisor) Bind() *deferred.Deferred[struct{}] { return s.g.life.Bind() }

// Start starts the children.
func (s *Supervisor) Start() *deferred.Deferred[struct{}] { return s.g.life.Start() }

// Stop stops the children and the restarts that are due.
func (s *Supervisor) Stop() *deferred.Deferred[struct{}] { return s.g.life.Stop() }

// Reload reloads the running children that are Reloaders; see Multi.Reload.
func (s *Supervisor) Reload() *deferred.Deferred[struct{}] { return s.g.reload() }

// Drain drains the running children that are Drainers, in reverse order without waiting for one another. From then on no child is restarted.
func (s *Supervisor) Drain() *deferred.Deferred[struct{}] {
	if s.g.life.state == Running {
		s.cancelRecoveries()
	}
	return s.g.drain(false)
}

// Ended fires when the Supervisor has given up, with a *GaveUpError, or, without an error, when it is stopped.
func (s *Supervisor) Ended() *deferred.Deferred[struct{}] { return s.g.ending.ended(s.g.loop) }

// Status tells about all children, and theirs.
func (s *Supervisor) Status() Status { return s.g.status() }

// Health is that of Status.
func (s *Supervisor) Health() error { return s.Status().Health() }

// Ready is that of Status.
func (s *Supervisor) Ready() error { return s.Status().Ready() }

func (s *Supervisor) place(path string, log *slog.Logger) { s.g.place(path, log) }

func (s *Supervisor) bind() *deferred.Deferred[struct{}] { return s.g.inOrder((*child).bind) }

func (s *Supervisor) up() *deferred.Deferred[struct{}] {
	s.g.ending.begin()
	s.restarts, s.early, s.gaveUp = nil, nil, nil
	for _, c := range s.g.children {
		c.attempts, c.restarts = 0, 0
	}
	return s.g.inOrder((*child).start)
}

// began sees to the children that died before all had been started.
func (s *Supervisor) began() {
	early := s.early
	s.early = nil
	for _, f := range early {
		f()
	}
}

func (s *Supervisor) down() *deferred.Deferred[struct{}] {
	s.cancelRecoveries()
	return s.g.stopInOrder(s.g.children).AddBoth(func(v struct{}, err error) (struct{}, error) {
		if e := s.gaveUp; e != nil {
			s.gaveUp = nil
			s.g.ending.end(e)
		}
		s.g.ending.end(nil)
		return v, err
	})
}

// childEnded is called for a child that ran and ended.
func (s *Supervisor) childEnded(c *child, err error) {
	if s.g.life.state == Starting {
		turn := c.life.turn
		s.early = append(s.early, func() {
			if turn == c.life.turn {
				s.childEnded(c, err)
			}
		})
		return
	}
	again := c.policy.Restart == Permanent || c.policy.Restart == Transient && err != nil
	if !again || s.g.life.state != Running {
		if err == nil {
			c.log().Info("service: ended")
		}
		c.stopping(err).Done(func(struct{}, error) {})
		return
	}
	if err == nil {
		err = errEnded
	}
	s.restart(c, err)
}

// restart restarts c, which died of err, and those that its end concerns, or gives up.
func (s *Supervisor) restart(c *child, err error) {
	now := s.g.loop.Now()
	s.restarts = slices.DeleteFunc(s.restarts, func(t time.Time) bool { return now.Sub(t) >= s.cfg.Period })
	if len(s.restarts) >= s.cfg.Intensity {
		s.giveUp(c, err)
		return
	}
	s.restarts = append(s.restarts, now)
	if c.life.state != Failed && now.Sub(c.started) >= s.cfg.Period {
		c.attempts = 0
	}
	c.attempts++
	delay, broken := s.cfg.Backoff.after(c.attempts)
	if broken != nil {
		c.log().Error("service: cannot be restarted", errorAttrs(broken)...)
		s.giveUp(c, fmt.Errorf("%w, and then %v", err, broken))
		return
	}
	newRecovery(s, c, delay).stop(err)
}

func (s *Supervisor) giveUp(c *child, err error) {
	e := &GaveUpError{Child: c.name, Restarts: len(s.restarts), Period: s.cfg.Period, Err: err}
	c.stopping(err).Done(func(struct{}, error) {})
	s.g.log().Error("service: gave up: stopping all children", "child", s.g.under(c.name), "restarts", e.Restarts, "period", e.Period, "error", err.Error())
	s.gaveUp = e
	s.g.life.end(e).Done(func(struct{}, error) {})
}

func (s *Supervisor) cancelRecoveries() {
	for r := range s.recoveries {
		r.end()
	}
}
