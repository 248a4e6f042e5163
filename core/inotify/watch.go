// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import "runtime/debug"

// Options tell how to watch. The zero value is ready to use.
type Options struct {
	// Mask tells what to report, and may have OnlyDir, DontFollow and OneShot. 0, or none of the bits of All, means those of Default.
	Mask Mask
	// AutoAdd watches directories that are made or moved anywhere in the tree from now on, and reports what is in them by then: files as Create, also CloseWrite
	// if Mask has that, directories as Create with IsDir.
	AutoAdd bool
	// Recursive watches the directories that are below the path now. Symbolic links are not followed there.
	Recursive bool
}

// An Event is something that happened. Events are told in the order of the kernel's queue.
type Event struct {
	// Watch is what it happened in.
	Watch *Watch
	// Path is that of the file or directory, absolute. For Overflow it is the path of the Watch.
	Path string
	// Mask tells what happened, by one bit usually, perhaps with IsDir.
	Mask Mask
	// Cookie is the same number, not 0, in MovedFrom and MovedTo of one move.
	Cookie uint32
	// Err is not nil when something failed. With Mask 0 the directory Path could not be added to the tree, by syscall.ENOSPC for example. With Ignored the
	// Notifier is closed because its queue could not be read.
	Err error
}

// A Watch is a path that is watched, perhaps with directories below it. Loop only.
type Watch struct {
	n     *Notifier
	path  string
	opt   Options
	f     func(Event)
	root  *point
	ended bool
	moved bool // the path itself was moved: nobody knows where to
}

// Path returns the watched path, absolute. Immutable.
func (w *Watch) Path() string { return w.path }

// Active reports whether the Watch has not ended. Loop only.
func (w *Watch) Active() bool { return !w.ended }

// tree reports whether the watch can have more than its path.
func (w *Watch) tree() bool { return w.opt.AutoAdd || w.opt.Recursive }

// events are the bits that the kernel has to report.
func (w *Watch) events() Mask {
	m := w.opt.Mask & All
	if w.tree() {
		m |= Create | MovedTo | MoveSelf
	}
	return m
}

// end ends the watch.
func (w *Watch) end() {
	if w.ended {
		return
	}
	w.ended = true
	delete(w.n.roots, w.path)
	w.root.drop()
	for _, p := range w.n.doubtful { // some of which have left the tree
		if p.w == w {
			p.drop()
		}
	}
}

// tell calls the callback if e is for it.
func (w *Watch) tell(e Event) {
	if e.Mask&(w.opt.Mask|Unmount|Overflow|Ignored)&^IsDir == 0 && e.Err == nil {
		return
	}
	e.Watch = w
	if w.opt.Mask&OneShot != 0 {
		w.end()
	}
	defer func() {
		if v := recover(); v != nil {
			args, ok := w.n.panics.Allow(w.n.loop.Now(), "path", e.Path, "event", e.Mask.String(), "panic", v, "stack", string(debug.Stack()))
			if ok {
				w.n.log.Error("inotify: panic in a callback", args...)
			}
		}
	}()
	w.f(e)
}
