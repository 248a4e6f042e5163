// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"iter"
	"log/slog"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A MultiConfig tells how a Multi works. The zero value is ready to use.
type MultiConfig struct {
	// StartTogether starts and binds the children in their order without waiting for one another, as Twisted does. False starts each when the one before
	// is ready.
	StartTogether bool
	// StopInOrder stops each child when the one after it is gone. False stops them in reverse order without waiting for one another.
	StopInOrder bool
	// Logger receives the changes of the children's states. nil means that of the Multi around it, or of the loop if it has a method Logger() *slog.Logger, else
	// slog.Default().
	Logger *slog.Logger
}

// A Multi is a Service made of services, its children, which may be Multis too. Twisted: MultiService. Loop only.
//
// Start starts the children in the order in which they were added. When one fails, those that started are stopped in reverse order, and the error is
// a *ChildError. Stop stops them in reverse order; a failure of one does not keep the others from stopping, and all are joined in the error.
//
// A child that ends by itself, see Ender, is stopped; if it ended with an error, that is also the end of the Multi as its Ended tells, while the other children
// go on, and a Multi around it leaves it alone and tells in turn: a Supervisor restarts, a Multi tells.
type Multi struct {
	g   group
	cfg MultiConfig
}

var (
	_ Binder   = (*Multi)(nil)
	_ Reloader = (*Multi)(nil)
	_ Drainer  = (*Multi)(nil)
	_ Ender    = (*Multi)(nil)
	_ Reporter = (*Multi)(nil)
	_ Checker  = (*Multi)(nil)
	_ Readier  = (*Multi)(nil)
)

// NewMulti returns a Multi without children.
func NewMulti(loop protocol.Loop, cfg MultiConfig) *Multi {
	m := &Multi{cfg: cfg}
	m.g.node = node{loop: loop, own: cfg.Logger}
	m.g.life = life{loop: loop, bind: m.bind, up: m.up, down: m.down}
	return m
}

// Add adds a child, last. Its name is for Named, for errors, the log and the status; "" makes one up: "#1", "#2" and so on. The errors are ErrDuplicateName and
// ErrBadName. In a Multi that is bound or runs, the child is bound or started at once; a failure is logged and stands in Status, see also StartChild. A
// service belongs to one group at a time: to move it, Remove it first. Twisted: setServiceParent.
func (m *Multi) Add(name string, s Service) error {
	name, err := m.g.name(name)
	if err != nil {
		return err
	}
	c := newChild(&m.g, name, s)
	c.ended = m.childEnded
	m.g.children = append(m.g.children, c)
	m.g.catchUp(c)
	return nil
}

// Remove takes a child out and stops it, if it runs. It fires when the child is gone, and fails with ErrNoChild if there is none of that name.
// Twisted: disownServiceParent.
func (m *Multi) Remove(name string) *deferred.Deferred[struct{}] { return m.g.remove(name) }

// Named returns the child of that name, or one deeper in the tree by its path, such as "web/site". Twisted: getServiceNamed.
func (m *Multi) Named(path string) (Service, bool) { return m.g.named(path) }

// All ranges over the names and children as they are now, in order.
func (m *Multi) All() iter.Seq2[string, Service] { return m.g.all() }

// StartChild starts a child of a running Multi that does not run, because it failed or ended, or waits for one that is being started. It fails with ErrNoChild,
// ErrNotRunning, or a *ChildError. Erlang: restart_child.
func (m *Multi) StartChild(name string) *deferred.Deferred[struct{}] { return m.g.startChild(name) }

// Bind binds the children that are Binders, in order. When one fails, all are stopped, and the error is a *ChildError.
func (m *Multi) Bind() *deferred.Deferred[struct{}] { return m.g.life.Bind() }

// Start starts the children, and binds before what Bind has not.
func (m *Multi) Start() *deferred.Deferred[struct{}] { return m.g.life.Start() }

// Stop stops the children.
func (m *Multi) Stop() *deferred.Deferred[struct{}] { return m.g.life.Stop() }

// Reload reloads the running children that are Reloaders, one after the other, in order. Errors are joined.
func (m *Multi) Reload() *deferred.Deferred[struct{}] { return m.g.reload() }

// Drain drains the running children that are Drainers, in reverse order, as Stop stops them. The others go on until Stop. Errors are joined.
func (m *Multi) Drain() *deferred.Deferred[struct{}] {
	return m.g.drain(m.cfg.StopInOrder)
}

// Ended fires when a child has ended with an error, which is the *ChildError that it fails with, or, without one, when the Multi is stopped.
func (m *Multi) Ended() *deferred.Deferred[struct{}] { return m.g.ending.ended(m.g.loop) }

// Status tells about all children, and theirs. Its own name is "" unless it is in a group.
func (m *Multi) Status() Status { return m.g.status() }

// Health is that of Status.
func (m *Multi) Health() error { return m.Status().Health() }

// Ready is that of Status.
func (m *Multi) Ready() error { return m.Status().Ready() }

func (m *Multi) place(path string, log *slog.Logger) { m.g.place(path, log) }

// each returns what brings all children up, as configured.
func (m *Multi) each() func(func(*child) *deferred.Deferred[struct{}]) *deferred.Deferred[struct{}] {
	if m.cfg.StartTogether {
		return m.g.together
	}
	return m.g.inOrder
}

func (m *Multi) bind() *deferred.Deferred[struct{}] {
	return m.each()((*child).bind)
}

func (m *Multi) up() *deferred.Deferred[struct{}] {
	m.g.ending.begin()
	return m.each()((*child).start)
}

func (m *Multi) down() *deferred.Deferred[struct{}] {
	return m.g.reversed(m.g.children, m.cfg.StopInOrder, (*child).stop).AddBoth(func(v struct{}, err error) (struct{}, error) {
		m.g.ending.end(nil)
		return v, err
	})
}

// goesOn marks a Multi: that one of its children failed does not end it.
func (m *Multi) goesOn() {}

func (m *Multi) childEnded(c *child, err error) {
	if _, ok := c.svc.(interface{ goesOn() }); ok && err != nil {
		m.g.ending.end(childError(c.name, err))
		return
	}
	if err == nil {
		c.log().Info("service: ended")
	}
	c.stopping(err).Done(func(struct{}, error) {}) // a failure is logged
	if err != nil {
		m.g.ending.end(childError(c.name, err))
	}
}
