// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// ErrNotWatched is returned by Ignore for a path that is not watched.
var ErrNotWatched = errors.New("not watched")

// A Notifier watches paths. It ends with Close or with its loop. Loop only. Twisted: INotify.
type Notifier struct {
	loop   *reactor.Loop
	log    *slog.Logger
	panics loglimit.Limit // what others do to files makes callbacks panic
	k      kernel
	buf    [16 << 10]byte
	closed bool

	roots   map[string]*Watch
	targets map[int32]*target

	// What is left to do by later passes; see turn.
	unscanned []*point // directories to be read
	reported  []*point // those that were, with names that the queue may report too
	doubtful  []*point // places in the tree that may have been left
	soon      protocol.DelayedCall
}

// A target is what the kernel watches: a file, whatever its names, for one point or more.
type target struct {
	wd     int32
	points []*point
}

// New returns a Notifier on loop that watches nothing yet. The error matches errors.ErrUnsupported on systems other than Linux, and syscall.EMFILE when the user
// has too many of them, by the sysctl fs.inotify.max_user_instances. Loop only.
func New(loop *reactor.Loop) (*Notifier, error) {
	k, err := open()
	if err != nil {
		return nil, err
	}
	return newOver(loop, k)
}

func newOver(loop *reactor.Loop, k kernel) (*Notifier, error) {
	loopcheck.Check(loop, "inotify: New")
	n := &Notifier{loop: loop, log: loop.Reactor().Logger(), k: k, roots: map[string]*Watch{}, targets: map[int32]*target{}}
	if err := loop.AddReader((*upcalls)(n)); err != nil {
		k.close()
		return nil, fmt.Errorf("inotify: new: %w", err)
	}
	return n, nil
}

// Watch calls f with what happens to path from now on, and, if path is a directory, to its entries. f is never called before Watch returns. When path has a Watch
// already that one is returned and nothing else is done. Errors of the system match with errors.Is: fs.ErrNotExist, fs.ErrPermission, also for a directory
// below path, and syscall.ENOSPC when the user has too many watches, by the sysctl fs.inotify.max_user_watches. Nothing is watched then. On a closed Notifier
// the error is fs.ErrClosed. f must not be nil. Loop only.
func (n *Notifier) Watch(path string, opt Options, f func(Event)) (*Watch, error) {
	loopcheck.Check(n.loop, "inotify: Notifier.Watch")
	if f == nil {
		panic("inotify: Watch with a nil callback")
	}
	abs, err := absolute(path)
	switch {
	case n.closed:
		err = fs.ErrClosed
	case opt.Mask&^settable != 0:
		err = fmt.Errorf("mask with %v", opt.Mask&^settable)
	}
	if err != nil {
		return nil, fmt.Errorf("inotify: watch %q: %w", path, err)
	}
	if w := n.roots[abs]; w != nil {
		return w, nil
	}
	if opt.Mask&All == 0 {
		opt.Mask |= Default
	}
	w := &Watch{n: n, path: abs, opt: opt, f: f}
	w.root = &point{w: w, base: abs, scanned: true}
	wd, err := w.root.lookUp()
	if err != nil {
		return nil, explainAdd(abs, err)
	}
	n.bind(w.root, wd)
	if opt.Recursive {
		if err := w.root.walk(); err != nil {
			w.end()
			return nil, err
		}
	}
	n.roots[abs] = w
	return w, nil
}

// Ignore ends the Watch of path, with all that is below it. When path is a directory in the tree of a Watch, which has no Watch of its own, that one goes on
// without it and what is below it, until it is moved or made anew or the queue overflows. The callback is told nothing more about it, not even what has
// happened already. The error matches ErrNotWatched. Loop only.
func (n *Notifier) Ignore(path string) error {
	loopcheck.Check(n.loop, "inotify: Notifier.Ignore")
	abs, err := absolute(path)
	if err != nil {
		return fmt.Errorf("inotify: ignore %q: %w", path, err)
	}
	if w := n.roots[abs]; w != nil {
		w.end()
		return nil
	}
	found := false
	for _, w := range n.roots {
		if p := w.root.find(abs); p != nil {
			p.drop()
			found = true
		}
	}
	if !found {
		return fmt.Errorf("inotify: ignore %q: %w", path, ErrNotWatched)
	}
	return nil
}

// Close ends all watches, without an event, and gives the queue back. Closing again does nothing. Loop only.
func (n *Notifier) Close() {
	loopcheck.Check(n.loop, "inotify: Notifier.Close")
	if n.closed {
		return
	}
	n.closed = true
	n.loop.RemoveReader((*upcalls)(n))
	n.k.close()
	if n.soon != nil && n.soon.Active() {
		_ = n.soon.Cancel()
	}
	for _, w := range n.all() {
		w.ended = true
	}
	n.roots, n.targets, n.unscanned, n.reported, n.doubtful = nil, nil, nil, nil, nil
}

// all returns the watches in the order of their paths.
func (n *Notifier) all() []*Watch {
	return slices.SortedFunc(maps.Values(n.roots), func(a, b *Watch) int { return strings.Compare(a.path, b.path) })
}

// bind makes wd the target of p.
func (n *Notifier) bind(p *point, wd int32) {
	t := n.targets[wd]
	if t == nil {
		t = &target{wd: wd}
		n.targets[wd] = t
	}
	t.points = append(t.points, p)
	p.target = t
}

// unbind makes p a point that is not watched. The kernel stops watching what nobody wants.
func (n *Notifier) unbind(p *point) {
	t := p.target
	if t == nil {
		return
	}
	p.target = nil
	t.points = slices.DeleteFunc(t.points, func(q *point) bool { return q == p })
	if len(t.points) == 0 && n.targets[t.wd] == t {
		delete(n.targets, t.wd)
		n.k.remove(t.wd)
	}
}

// absolute returns the path by which a watch is known.
func absolute(path string) (string, error) {
	if path == "" {
		return "", fs.ErrNotExist // and not the working directory
	}
	return filepath.Abs(path)
}
