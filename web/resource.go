// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A Resource answers requests. Render is called on the loop of the connection as soon as the request's header is complete, from several loops at once if the site
// is served by several. The response is finished when Render returns, unless a body is still awaited ([Request.ReadBody]), a producer is registered
// ([Request.RegisterProducer]) or NotDoneYet was called. A panic in it is logged and answered with 500. Twisted: IResource.
type Resource interface {
	Render(r *Request)
}

// Func makes a Resource of a function.
type Func func(r *Request)

// Render calls f.
func (f Func) Render(r *Request) { f(r) }

// A Parent is a Resource that has children. Child returns the one with that name, or nil if there is none: 404. The name is one segment of the path, percent-decoded
// after the path was split, so that it may hold a slash; it is empty for what follows a final slash. Twisted: getChild.
type Parent interface {
	Resource
	Child(name string, r *Request) Resource
}

// A Leaf is a Resource that answers for everything below it, with the rest of the path in Request.PostPath. Without it, a resource that is no Parent
// answers for its own path only. The root of a site is always taken for a leaf if it is no Parent. Twisted: isLeaf.
type Leaf interface {
	Resource
	IsLeaf() bool
}

// LeafFunc makes a Leaf of a function.
type LeafFunc func(r *Request)

// Render calls f.
func (f LeafFunc) Render(r *Request) { f(r) }

// IsLeaf returns true.
func (LeafFunc) IsLeaf() bool { return true }

// A Tree is a Parent with named children, and with dynamic ones behind them. The zero Tree is empty. PutChild and DelChild are safe from any goroutine, at any time;
// the fields are immutable after start. Twisted: resource.Resource.
type Tree struct {
	Self    Resource                               // renders the path of the tree itself; nil means 404
	Dynamic func(name string, r *Request) Resource // makes the children that were not put; nil means none

	mu       sync.Mutex // serialises changes
	children atomic.Pointer[map[string]Resource]
}

// PutChild adds or replaces a child. A child named "" answers for the path with a slash at its end.
func (t *Tree) PutChild(name string, child Resource) {
	t.change(func(m map[string]Resource) { m[name] = child })
}

// DelChild removes a child.
func (t *Tree) DelChild(name string) { t.change(func(m map[string]Resource) { delete(m, name) }) }

// change replaces the map by a changed copy, so that readers need no lock.
func (t *Tree) change(f func(map[string]Resource)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := make(map[string]Resource)
	if old := t.children.Load(); old != nil {
		for k, v := range *old {
			m[k] = v
		}
	}
	f(m)
	t.children.Store(&m)
}

// Names returns the names of the children that were put, sorted. Twisted: listStaticNames.
func (t *Tree) Names() []string {
	var names []string
	if m := t.children.Load(); m != nil {
		for name := range *m {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Child returns the child that was put under that name, else what Dynamic makes.
func (t *Tree) Child(name string, r *Request) Resource {
	if m := t.children.Load(); m != nil {
		if child, ok := (*m)[name]; ok {
			return child
		}
	}
	if t.Dynamic != nil {
		return t.Dynamic(name, r)
	}
	return nil
}

// Render renders Self.
func (t *Tree) Render(r *Request) {
	if t.Self == nil {
		r.Error(404, "")
		return
	}
	t.Self.Render(r)
}

// Methods is a Resource with a function for each method. HEAD is answered by GET's function, OPTIONS by a list of the methods, a known method that is not there by
// 405 and any other by 501. Immutable after start. Twisted: render_GET and its kin.
type Methods map[string]func(r *Request)

// Get returns a Resource that answers GET and HEAD.
func Get(f func(r *Request)) Methods { return Methods{"GET": f} }

// Render calls the function for the request's method.
func (m Methods) Render(r *Request) {
	f := m[r.Method]
	if f == nil && r.Method == "HEAD" {
		f = m["GET"]
	}
	switch {
	case f != nil:
		f(r)
	case r.Method == "OPTIONS":
		r.ResponseHeader().Set("Allow", m.Allow())
		r.SetStatus(204)
	case knownMethod(r.Method):
		r.ResponseHeader().Set("Allow", m.Allow())
		r.Error(405, "")
	default:
		r.Error(501, "")
	}
}

// Allow returns the methods that are answered, sorted, as the Allow header wants them.
func (m Methods) Allow() string {
	names := []string{"OPTIONS"}
	for name := range m {
		names = append(names, name)
	}
	if m["GET"] != nil {
		names = append(names, "HEAD")
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// knownMethod reports whether the method is registered with IANA for common use: its absence is a matter of the resource and not of the server.
func knownMethod(m string) bool {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT":
		return true
	}
	return false
}

// Dispatch has r answered by the resource that its PostPath leads to from res on, as a site does from its root; without one it is 404. A resource that wraps
// another, to look at the request before or to change the response, is a Leaf whose Render ends in Dispatch. It is called at most once for each level of the tree. Loop only.
func Dispatch(res Resource, r *Request) {
	if res = route(res, r); res == nil {
		r.Error(404, "")
		return
	}
	res.Render(r)
}

// route finds the resource for r's path, beginning at root, and moves the segments that it consumes from r.PostPath to r.PrePath. It returns nil if there is none.
func route(root Resource, r *Request) Resource {
	res, path, n := root, r.PostPath, len(r.PrePath)
	if n > 0 {
		path = slices.Concat(r.PrePath, r.PostPath)
	}
	for {
		parent, ok := Parent(nil), false
		if tree, isTree := res.(*Tree); isTree { // the usual one, known without a look at its methods
			parent, ok = tree, true
		} else if leaf, isLeaf := res.(Leaf); isLeaf && leaf.IsLeaf() {
			return res
		} else {
			parent, ok = res.(Parent)
		}
		if !ok {
			if n == 0 || len(r.PostPath) == 0 {
				return res
			}
			return nil
		}
		if len(r.PostPath) == 0 {
			return res
		}
		name := r.PostPath[0]
		n++
		r.PrePath, r.PostPath = path[:n:n], path[n:]
		if res = parent.Child(name, r); res == nil {
			return nil
		}
	}
}
