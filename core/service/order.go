// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"errors"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
)

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

// together is inOrder without waiting: f is called for every child, those that come meanwhile too, and when one fails, all are stopped.
func (g *group) together(f func(c *child) *deferred.Deferred[struct{}]) *deferred.Deferred[struct{}] {
	turn := g.life.turn
	d := deferred.New[struct{}](g.loop)
	left, failed := 1, false
	one := func(c *child, err error) {
		left--
		switch {
		case failed || turn != g.life.turn:
		case err != nil && g.find(c.name) == c:
			failed, g.join = true, nil
			g.stopInOrder(g.children).Done(func(struct{}, error) { d.Errback(childError(c.name, err)) })
		case left == 0:
			g.join = nil
			d.Callback(struct{}{})
		}
	}
	g.join = func(c *child) {
		left++
		f(c).Done(func(_ struct{}, err error) { one(c, err) })
	}
	for _, c := range slices.Clone(g.children) {
		if failed || turn != g.life.turn {
			break
		}
		if g.find(c.name) == c {
			g.join(c)
		}
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
