// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"fmt"
	"os"
	"path/filepath"
)

// noticed follows an event of the kernel and tells it.
func (p *point) noticed(m Mask, name string, cookie uint32) {
	w := p.w
	e := Event{Path: p.path(), Mask: m, Cookie: cookie}
	if name != "" {
		e.Path = filepath.Join(e.Path, name)
	}
	var known bool
	var err error
	switch {
	case m&Ignored != 0:
		p.removed() // before the callback, which may watch the path again
	case !w.tree():
	case m&(Create|MovedTo) != 0:
		known = p.learn(name)
		if m&IsDir != 0 {
			_, err = p.follow(name)
		}
	case m&(Delete|MovedFrom) != 0:
		delete(p.known, name)
	case m&MoveSelf != 0 && p == w.root:
		w.moved = true
	case m&MoveSelf != 0 && !w.moved:
		w.n.doubt(p)
	}
	if !known {
		w.tell(e)
	}
	w.failed(e.Path, err)
}

// learn notes that the kernel reports an entry, and reports whether the scan has done so.
func (p *point) learn(name string) (known bool) {
	_, known = p.known[name]
	switch {
	case !p.scanned:
		p.know(name)
		return false
	case known:
		delete(p.known, name)
	}
	return known
}

func (p *point) know(name string) {
	if p.known == nil {
		p.known = map[string]struct{}{}
	}
	p.known[name] = struct{}{}
}

// failed tells that a directory could not be watched.
func (w *Watch) failed(path string, err error) {
	if err != nil && !w.ended {
		w.tell(Event{Path: path, Err: err})
	}
}

// follow makes the tree agree with an entry of p that is a directory. It reports whether the directory is new to the tree; it is then scanned later. What it is is
// not known by its name, as the events of moves may be behind the times, but by the number of its target.
func (p *point) follow(name string) (fresh bool, err error) {
	w, n := p.w, p.w.n
	if w.moved || !p.under(w.root) {
		return false, nil // its path is not known
	}
	path := filepath.Join(p.path(), name)
	wd, err := w.lookUpBelow(path)
	switch {
	case gone(err):
		return false, nil // events will tell
	case err != nil:
		return false, explainAdd(path, err)
	}
	if old := p.children[name]; old != nil && old.target.wd == wd {
		return false, nil
	}
	if q := n.targets[wd].of(w); q != nil {
		// Either it was moved here, or it has two names, by a mount: then the first one counts.
		if !p.under(q) && q != w.root && !q.inPlace() {
			q.put(p, name)
		}
		return false, nil
	}
	if !w.opt.AutoAdd {
		n.forgo(wd)
		return false, nil
	}
	q := &point{w: w}
	n.bind(q, wd)
	q.put(p, name)
	return true, nil
}

// of returns the point of a watch for the target, or nil.
func (t *target) of(w *Watch) *point {
	if t != nil {
		for _, p := range t.points {
			if p.w == w {
				return p
			}
		}
	}
	return nil
}

// scan reads a directory. If it is new to the tree everything in it is reported, else what is new are directories whose events were lost.
func (p *point) scan() {
	w, n := p.w, p.w.n
	if !p.inPlace() {
		n.doubt(p) // and put has it scanned
		return
	}
	path := p.path()
	entries, err := os.ReadDir(path)
	fresh, known := !p.scanned, p.known
	p.scanned, p.known = true, nil
	if err != nil && !gone(err) {
		w.failed(path, fmt.Errorf("inotify: watch: %w", err))
	}
	for _, entry := range entries {
		if p.target == nil || w.ended {
			return // by a callback
		}
		name := entry.Name()
		e := Event{Path: filepath.Join(path, name), Mask: Create}
		report := fresh
		var err error
		switch {
		case entry.IsDir():
			e.Mask |= IsDir
			var added bool
			added, err = p.follow(name)
			report = report || added
		case entry.Type().IsRegular():
			e.Mask |= CloseWrite
		}
		if _, ok := known[name]; report && !ok {
			if len(p.known) == 0 {
				n.reported = append(n.reported, p)
			}
			p.know(name)
			e.Mask &= w.opt.Mask | IsDir
			w.tell(e)
		}
		w.failed(e.Path, err)
	}
}

// walk watches the directories below p.
func (p *point) walk() error {
	for todo := []*point{p}; len(todo) > 0; {
		last := len(todo) - 1
		p, todo = todo[last], todo[:last]
		entries, err := os.ReadDir(p.path())
		if err != nil && !gone(err) {
			return fmt.Errorf("inotify: watch: %w", err)
		}
		for _, entry := range entries {
			if !entry.IsDir() {
				continue
			}
			path := filepath.Join(p.path(), entry.Name())
			wd, err := p.w.lookUpBelow(path)
			switch {
			case gone(err):
				continue
			case err != nil:
				return explainAdd(path, err)
			case p.w.n.targets[wd].of(p.w) != nil: // a second name, by a mount
				continue
			}
			c := &point{w: p.w, scanned: true}
			p.w.n.bind(c, wd)
			c.put(p, entry.Name())
			todo = append(todo, c)
		}
	}
	return nil
}
