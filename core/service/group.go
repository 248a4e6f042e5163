// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
)

// A group is what Multi and Supervisor have in common: children, in order, by name.
type group struct {
	node
	life     life
	children []*child
	unnamed  int
	pass     int            // grows with each start in order
	join     func(c *child) // takes one that comes late into the start together that is under way; nil without
	ending   ending
	drains   waiters // who waits for Drain; not empty while it is under way
	reloads  waiters // who waits for the next Reload, while there is one
	reloaded bool    // there is one
}

// place hands the new place down.
func (g *group) place(path string, log *slog.Logger) {
	g.node.place(path, log)
	for _, c := range g.children {
		c.place()
	}
}

// name checks the name of a new child, and makes one up where there is none.
func (g *group) name(name string) (string, error) {
	loopcheck.Check(g.loop, "service: Add")
	if name == "" {
		g.unnamed++
		return fmt.Sprintf("#%d", g.unnamed), nil
	}
	if strings.Contains(name, "/") || strings.HasPrefix(name, "#") {
		return "", fmt.Errorf("%w: %q", ErrBadName, name)
	}
	if g.find(name) != nil {
		return "", fmt.Errorf("%w: %q", ErrDuplicateName, name)
	}
	return name, nil
}

func (g *group) find(name string) *child {
	if i := slices.IndexFunc(g.children, func(c *child) bool { return c.name == name }); i >= 0 {
		return g.children[i]
	}
	return nil
}

func (g *group) named(path string) (Service, bool) {
	first, rest, deeper := strings.Cut(path, "/")
	c := g.find(first)
	if c == nil {
		return nil, false
	}
	if !deeper {
		return c.svc, true
	}
	inner, ok := c.svc.(interface{ Named(string) (Service, bool) })
	if !ok {
		return nil, false
	}
	return inner.Named(rest)
}

func (g *group) all() iter.Seq2[string, Service] {
	return func(yield func(string, Service) bool) {
		for _, c := range slices.Clone(g.children) {
			if !yield(c.name, c.svc) {
				return
			}
		}
	}
}

// catchUp brings a child that came later to where the group is.
func (g *group) catchUp(c *child) {
	switch g.life.state {
	case Bound:
		if c.life.bind != nil {
			c.life.Bind().Done(func(struct{}, error) {}) // a failure is logged, and stands in the status
		}
	case Binding, Starting:
		if g.join != nil {
			g.join(c)
		}
	case Running:
		c.life.Start().Done(func(struct{}, error) {})
	}
}

func (g *group) startChild(name string) *deferred.Deferred[struct{}] {
	c := g.find(name)
	switch {
	case c == nil:
		return deferred.FailOn[struct{}](g.loop, fmt.Errorf("%w: %q", ErrNoChild, name))
	case g.life.state != Running:
		return deferred.FailOn[struct{}](g.loop, ErrNotRunning)
	}
	return c.do(c.life.Start, nil)
}

// drain drains the children once: later calls join the first.
func (g *group) drain(ordered bool) *deferred.Deferred[struct{}] {
	if g.life.state == Draining && len(g.drains) > 0 {
		return g.drains.add(g.loop)
	}
	if g.life.state != Running {
		return g.life.done()
	}
	g.life.set(Draining, nil)
	d := g.drains.add(g.loop)
	g.reversed(g.children, ordered, (*child).doDrain).Done(func(_ struct{}, err error) { g.drains.fire(err) })
	return d
}

// reload reloads the children in order. One that fails keeps its configuration, and doesn't keep the others from theirs. Calls that come meanwhile share
// one more round.
func (g *group) reload() *deferred.Deferred[struct{}] {
	d := g.reloads.add(g.loop)
	g.reloadNext()
	return d
}

func (g *group) reloadNext() {
	if g.reloaded || len(g.reloads) == 0 {
		return
	}
	g.reloaded = true
	round := g.reloads
	g.reloads = nil
	backwards := slices.Clone(g.children)
	slices.Reverse(backwards)
	g.reversed(backwards, true, (*child).doReload).Done(func(_ struct{}, err error) {
		g.reloaded = false
		round.fire(err)
		g.reloadNext()
	})
}

// remove takes the child out and stops it.
func (g *group) remove(name string) *deferred.Deferred[struct{}] {
	loopcheck.Check(g.loop, "service: Remove")
	c := g.find(name)
	if c == nil {
		return deferred.FailOn[struct{}](g.loop, fmt.Errorf("%w: %q", ErrNoChild, name))
	}
	g.children = slices.DeleteFunc(g.children, func(o *child) bool { return o == c })
	d := c.stop()
	if p, ok := c.svc.(placed); ok {
		p.place("", nil)
	}
	return d
}

func (g *group) status() Status {
	s := Status{Name: g.path, State: g.life.state}
	for _, c := range g.children {
		s.Children = append(s.Children, c.status())
	}
	return s
}
