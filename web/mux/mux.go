// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package mux

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// A Mux holds routes. The zero Mux has none.
type Mux struct {
	routes []*Route
	hosts  map[string]*node // "" is any
	// shadow holds the same patterns, to find out which are malformed and which conflict.
	shadow http.ServeMux
}

// A Route is one that was registered.
type Route struct {
	Pattern  string
	Resource web.Resource

	method string
	names  []string // of the wildcards in the order of the path; "" for a rest without a name
}

// A node is a place in the tree of path segments: the routes that end here, and where it goes on.
type node struct {
	literal map[string]*node
	single  *node
	end     map[string]*Route // by method, "" is any
	rest    map[string]*Route // of one segment more at least
}

// places is what ServeMux says of where a pattern comes from: always from here.
var places = regexp.MustCompile(`(?: \(registered)? at [^ ]*mux\.go:\d+\)?`)

// Handle registers res for a pattern. It panics if the pattern is malformed or conflicts with another.
func (m *Mux) Handle(pattern string, res web.Resource) {
	if res == nil {
		panic("mux: Handle: nil resource for " + pattern)
	}
	func() {
		defer func() {
			if v := recover(); v != nil {
				panic("mux: Handle: " + places.ReplaceAllString(fmt.Sprint(v), ""))
			}
		}()
		m.shadow.Handle(pattern, http.NotFoundHandler())
	}()
	route := &Route{Pattern: pattern, Resource: res}
	rest := pattern
	if i := strings.IndexAny(pattern, " \t"); i >= 0 {
		route.method, rest = pattern[:i], strings.TrimLeft(pattern[i:], " \t")
	}
	slash := strings.IndexByte(rest, '/')
	host := strings.ToLower(strings.Trim(rest[:slash], "[]"))
	if m.hosts == nil {
		m.hosts = make(map[string]*node)
	}
	if m.hosts[host] == nil {
		m.hosts[host] = new(node)
	}
	m.hosts[host].add(route, strings.Split(rest[slash+1:], "/"))
	m.routes = append(m.routes, route)
}

// Func is Handle for a function.
func (m *Mux) Func(pattern string, f func(r *web.Request)) { m.Handle(pattern, web.Func(f)) }

// add puts the route below n, at the segments of its pattern.
func (n *node) add(route *Route, segments []string) {
	for i, s := range segments {
		last := i == len(segments)-1
		wild := strings.HasPrefix(s, "{")
		switch {
		case last && s == "", wild && strings.HasSuffix(s, "...}"):
			route.names = append(route.names, strings.TrimSuffix(strings.TrimPrefix(s, "{"), "...}"))
			put(&n.rest, route)
			return
		case s == "{$}":
			n = n.child("")
		case wild:
			route.names = append(route.names, s[1:len(s)-1])
			if n.single == nil {
				n.single = new(node)
			}
			n = n.single
		default:
			if u, err := url.PathUnescape(s); err == nil {
				s = u
			}
			n = n.child(s)
		}
	}
	put(&n.end, route)
}

func (n *node) child(s string) *node {
	if n.literal == nil {
		n.literal = make(map[string]*node)
	}
	if n.literal[s] == nil {
		n.literal[s] = new(node)
	}
	return n.literal[s]
}

func put(m *map[string]*Route, route *Route) {
	if *m == nil {
		*m = make(map[string]*Route)
	}
	(*m)[route.method] = route
}

// Routes returns the routes in the order of their patterns.
func (m *Mux) Routes() []Route {
	routes := make([]Route, len(m.routes))
	for i, r := range m.routes {
		routes[i] = *r
	}
	slices.SortFunc(routes, func(a, b Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return routes
}

// String lists the routes, a line for each, with the type of its resource.
func (m *Mux) String() string {
	var b strings.Builder
	for _, r := range m.Routes() {
		fmt.Fprintf(&b, "%-40s %T\n", r.Pattern, r.Resource)
	}
	return b.String()
}

// IsLeaf returns true: a Mux deals with the whole of the path that is left.
func (m *Mux) IsLeaf() bool { return true }

// Render has the request answered by the route that matches it: or by 404, by 405 with the methods there are, or by these to OPTIONS.
func (m *Mux) Render(r *web.Request) {
	path := r.PostPath
	found := m.match(r, path)
	switch {
	case (found == nil || found.rest > 0) && m.wantsSlash(r, path):
		location := web.LocalPath(r.Path + "/") // one slash in front: //host/ would be another site (class 16)
		if r.Query != "" {
			location += "?" + r.Query
		}
		r.Redirect(308, location)
		return
	case found == nil:
		m.missing(r, path)
		return
	}
	found.outer, _ = matched.Get(r)
	matched.Set(r, found)
	taken := len(path) - found.rest
	r.PrePath, r.PostPath = slices.Concat(r.PrePath, path[:taken]), path[taken:]
	if _, ok := found.route.Resource.(web.Parent); ok {
		web.Dispatch(found.route.Resource, r)
		return
	}
	found.route.Resource.Render(r)
}

// match looks for the route, for the host first.
func (m *Mux) match(r *web.Request, path []string) *match {
	for _, host := range m.candidates(r) {
		s := search{method: r.Method, path: path}
		if route := s.find(host, 0); route != nil {
			return &match{route: route, values: s.values, rest: s.rest}
		}
	}
	return nil
}

// candidates returns the trees that r's host may be in.
func (m *Mux) candidates(r *web.Request) (nodes []*node) {
	if len(m.hosts) > 1 || m.hosts[""] == nil {
		if n := m.hosts[strings.ToLower(r.Hostname())]; n != nil {
			nodes = append(nodes, n)
		}
	}
	if n := m.hosts[""]; n != nil {
		nodes = append(nodes, n)
	}
	return nodes
}

// wantsSlash reports whether a route matches the path with a slash at its end, and nothing behind that.
func (m *Mux) wantsSlash(r *web.Request, path []string) bool {
	if len(path) > 0 && path[len(path)-1] == "" {
		return false
	}
	found := m.match(r, append(slices.Clone(path), ""))
	return found != nil && found.rest <= 1
}

// missing answers a request that no route matches.
func (m *Mux) missing(r *web.Request, path []string) {
	allowed := make(map[string]bool)
	for _, host := range m.candidates(r) {
		s := search{path: path, methods: allowed}
		s.find(host, 0)
	}
	switch {
	case len(allowed) > 0:
		if allowed["OPTIONS"] = true; allowed["GET"] {
			allowed["HEAD"] = true
		}
		r.ResponseHeader().Set("Allow", strings.Join(slices.Sorted(maps.Keys(allowed)), ", "))
		if r.Method == "OPTIONS" {
			r.SetStatus(204)
			return
		}
		r.Error(405, "")
	default:
		r.Error(404, "")
	}
}

var _ web.Leaf = (*Mux)(nil)
