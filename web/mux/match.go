// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package mux

import (
	"slices"
	"strings"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/param"
)

// A match is what a Mux has found out about a request.
type match struct {
	route  *Route
	values []string // of the wildcards
	rest   int      // how many segments are the last one's
	outer  *match   // of the Mux that this one is in
}

var matched = web.NewKey[*match]("mux match")

// A search goes through the tree: literals first, then {name}, then the rest. Since patterns do not conflict, the first route that is found is the most specific one.
type search struct {
	method  string
	path    []string
	methods map[string]bool // if not nil, all methods of all routes that match are gathered, and none is found
	values  []string
	rest    int
}

// find looks below n for the segments from i on.
func (s *search) find(n *node, i int) *Route {
	if i == len(s.path) {
		return s.choose(n.end)
	}
	segment := s.path[i]
	if next := n.literal[segment]; next != nil {
		if route := s.find(next, i+1); route != nil {
			return route
		}
	}
	if n.single != nil && segment != "" {
		s.values = append(s.values, segment)
		if route := s.find(n.single, i+1); route != nil {
			return route
		}
		s.values = s.values[:len(s.values)-1]
	}
	route := s.choose(n.rest)
	if route != nil {
		s.rest = len(s.path) - i
		s.values = append(s.values, strings.Join(s.path[i:], "/"))
	}
	return route
}

// choose returns the route for the method.
func (s *search) choose(routes map[string]*Route) *Route {
	if s.methods != nil {
		for m := range routes {
			s.methods[m] = true
		}
		return nil
	}
	if route := routes[s.method]; route != nil {
		return route
	}
	if s.method == "HEAD" {
		if route := routes["GET"]; route != nil {
			return route
		}
	}
	return routes[""]
}

// Value returns the text that the wildcard with that name stands for, percent-decoded, or "" if the route has no such wildcard. In a Mux inside of a Mux the outer one's
// wildcards can be asked for too.
func Value(r *web.Request, name string) string {
	m, _ := matched.Get(r)
	for ; m != nil; m = m.outer {
		if i := slices.Index(m.route.names, name); i >= 0 {
			return m.values[i]
		}
	}
	return ""
}

// As returns Value as a T. The error is a *web.StatusError with status 404: there is no such page.
func As[T web.Scalar](r *web.Request, name string) (T, error) {
	v, err := param.Parse[T](Value(r, name))
	if err != nil {
		return v, &web.StatusError{Status: 404}
	}
	return v, nil
}

// Pattern returns the pattern of the route that answers r, "" if there is none: for logs and metrics.
func Pattern(r *web.Request) string {
	if m, ok := matched.Get(r); ok {
		return m.route.Pattern
	}
	return ""
}
