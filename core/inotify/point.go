// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"maps"
	"path/filepath"
	"strings"
)

// A point is one path of a watch: its own, or a directory below it.
type point struct {
	w        *Watch
	target   *target // nil when it is no longer watched
	parent   *point  // nil for the root, and for what has lost its place to another
	name     string  // in the parent
	base     string  // the path, without a parent
	children map[string]*point

	queued  bool // for scan
	scanned bool // it was read, or is not to be
	doubted bool // it is to be verified
	missed  bool // it was not in its place when it was verified last
	// known are entries that were reported: until it is scanned by the kernel, which the scan need not report, and from then on by the scan.
	known map[string]struct{}
}

func (p *point) path() string {
	if p.parent == nil {
		return p.base
	}
	return filepath.Join(p.parent.path(), p.name)
}

// lookUp has the kernel watch what is at the path of p, and returns the number of that.
func (p *point) lookUp() (wd int32, err error) {
	if p == p.w.root {
		return p.w.n.k.add(p.base, p.w.events()|p.w.opt.Mask&(OnlyDir|DontFollow)|maskAdd)
	}
	return p.w.lookUpBelow(p.path())
}

// lookUpBelow is lookUp for a directory below the root.
func (w *Watch) lookUpBelow(path string) (wd int32, err error) {
	return w.n.k.add(path, w.events()|OnlyDir|DontFollow|maskAdd)
}

// inPlace reports whether the path of p leads to what p watches.
func (p *point) inPlace() bool {
	if p.parent == nil && p != p.w.root {
		return false
	}
	wd, err := p.lookUp()
	if err != nil {
		return !gone(err)
	}
	p.w.n.forgo(wd)
	return wd == p.target.wd
}

// forgo undoes a look-up that found what is not watched.
func (n *Notifier) forgo(wd int32) {
	if n.targets[wd] == nil {
		n.k.remove(wd)
	}
}

// find returns the point below p whose path is path, or nil.
func (p *point) find(path string) *point {
	rest, below := strings.CutPrefix(path, strings.TrimSuffix(p.base, string(filepath.Separator))+string(filepath.Separator))
	if !below {
		return nil
	}
	for name := range strings.SplitSeq(rest, string(filepath.Separator)) {
		if p = p.children[name]; p == nil {
			return nil
		}
	}
	return p
}

// each calls f with p and all below it.
func (p *point) each(f func(*point)) {
	f(p)
	for _, c := range p.children {
		c.each(f)
	}
}

// under reports whether p is q or below it.
func (p *point) under(q *point) bool {
	for ; p != nil; p = p.parent {
		if p == q {
			return true
		}
	}
	return false
}

// put gives p a place in the tree, and takes it from the point that has it.
func (p *point) put(parent *point, name string) {
	if old := parent.children[name]; old != nil {
		old.displace()
	}
	if p.parent != nil {
		delete(p.parent.children, p.name)
	}
	p.parent, p.name, p.base = parent, name, ""
	if parent.children == nil {
		parent.children = map[string]*point{}
	}
	parent.children[name] = p
	if !p.scanned {
		p.w.n.toScan(p)
	}
}

// displace takes the place in the tree from p. It keeps its path until events tell what became of it, or none do.
func (p *point) displace() {
	p.base = p.path()
	delete(p.parent.children, p.name)
	p.parent = nil
	p.w.n.doubt(p)
}

// drop ends the watching of p and all below it.
func (p *point) drop() {
	if p.parent != nil {
		delete(p.parent.children, p.name)
	}
	p.each(p.w.n.unbind)
}

// removed follows the end of a target.
func (p *point) removed() {
	if p == p.w.root {
		p.w.end()
		return
	}
	for c := range maps.Values(maps.Clone(p.children)) { // whose own events may be to come
		c.displace()
	}
	p.drop()
}
