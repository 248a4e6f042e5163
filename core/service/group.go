// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"errors"
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
	pass     int // grows with each start
	ending   ending
	drains   waiters // who waits for Drain; not empty while it is under way
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
	case Running:
		c.pass = g.pass
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
	return c.do(c.life.Start)
}

// inOrder calls f for each child, those that come meanwhile too, each when the one before has fired. When one fails, what was done is undone by stopping all in
// reverse. It ends when the group goes another way.
func (g *group) inOrder(f func(c *child) *deferred.Deferred[struct{}]) *deferred.Deferred[struct{}] {
	g.pass++
	pass, turn := g.pass, g.life.turn
	d := deferred.New[struct{}](g.loop)
	var next func()
	next = func() {
		i := slices.IndexFunc(g.children, func(c *child) bool { return c.pass != pass })
		if i < 0 {
			d.Callback(struct{}{})
			return
		}
		c := g.children[i]
		c.pass = pass
		f(c).Done(func(_ struct{}, err error) {
			switch {
			case turn != g.life.turn: // stopped, which saw to the children
			case err == nil || g.find(c.name) != c:
				next()
			default:
				g.stopInOrder(g.children).Done(func(struct{}, error) { d.Errback(childError(c.name, err)) })
			}
		})
	}
	next()
	return d
}

// together is inOrder without waiting: f is called for every child, and when one fails, all are stopped.
func (g *group) together(f func(c *child) *deferred.Deferred[struct{}]) *deferred.Deferred[struct{}] {
	g.pass++
	turn := g.life.turn
	d := deferred.New[struct{}](g.loop)
	children := slices.Clone(g.children)
	left := len(children) + 1
	failed := false
	one := func(c *child, err error) {
		left--
		switch {
		case failed || turn != g.life.turn:
		case err != nil && g.find(c.name) == c:
			failed = true
			g.stopInOrder(g.children).Done(func(struct{}, error) { d.Errback(childError(c.name, err)) })
		case left == 0:
			d.Callback(struct{}{})
		}
	}
	for _, c := range children {
		c.pass = g.pass
		if failed || turn != g.life.turn {
			break
		}
		f(c).Done(func(_ struct{}, err error) { one(c, err) })
	}
	one(nil, nil)
	return d
}

// stopInOrder stops children in reverse, each when the one after it is gone.
func (g *group) stopInOrder(children []*child) *deferred.Deferred[struct{}] {
	return g.reversed(children, true, (*child).stop)
}

// reversed calls f for children in reverse, in order or all at once, and joins their errors, in the order of the children.
func (g *group) reversed(children []*child, ordered bool, f func(*child) *deferred.Deferred[struct{}]) *deferred.Deferred[struct{}] {
	children = slices.Clone(children)
	errs := make([]error, len(children))
	d := deferred.New[struct{}](g.loop)
	left := len(children)
	finish := func() {
		if err := errors.Join(errs...); err != nil {
			d.Errback(err)
		} else {
			d.Callback(struct{}{})
		}
	}
	if left == 0 {
		finish()
		return d
	}
	var from func(i int)
	from = func(i int) {
		f(children[i]).Done(func(_ struct{}, err error) {
			errs[i] = err
			if left--; left == 0 {
				finish()
			} else if ordered {
				from(i - 1)
			}
		})
	}
	if ordered {
		from(len(children) - 1)
		return d
	}
	for i := len(children) - 1; i >= 0; i-- {
		from(i)
	}
	return d
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

// reload reloads the children in order. One that fails keeps its configuration, and doesn't keep the others from theirs.
func (g *group) reload() *deferred.Deferred[struct{}] {
	backwards := slices.Clone(g.children)
	slices.Reverse(backwards)
	return g.reversed(backwards, true, (*child).doReload)
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
