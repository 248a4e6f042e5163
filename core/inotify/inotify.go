// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// ErrNotWatched is in the error of Ignore for a path that is not watched. Twisted: KeyError.
var ErrNotWatched = errors.New("not watched")

// A Reactor is what New needs of a reactor: a *reactor.Reactor or a *reactor.Loop.
type Reactor interface {
	protocol.Loop
	AddReader(d reactor.ReadDescriptor) error
	RemoveReader(d reactor.ReadDescriptor)
}

// An Event tells that something happened.
type Event struct {
	// Watch is the path that is watched, as the watch has it: cleaned. Below a recursive watch it is that of the directory.
	Watch string
	// Path is what the event is about: Watch itself, or an entry of that directory.
	Path string
	// Mask is what happened, with IsDir for directories.
	Mask Mask
	// Cookie is the same in the two events of one renaming, MovedFrom and MovedTo, and else 0.
	Cookie uint32
}

// Options tell what to watch for. Only Notify is needed.
type Options struct {
	// Mask is the kinds of events and the flags; 0 means Changes.
	Mask Mask
	// Recursive watches the directories below the path, too.
	Recursive bool
	// AutoAdd watches each directory that appears in a watched one, as long as its parent is.
	AutoAdd bool
	// Notify is called for each event.
	Notify func(Event)
}

// An INotify is a set of watched paths. Its methods are loop only. Twisted: INotify.
type INotify struct {
	// OnOverflow, if not nil, is called when the kernel dropped events because they came faster than they were read: what is watched has to be looked at
	// anew. nil logs a warning. Set it before the first Watch.
	OnOverflow func()
	// Logger hears of directories that could not be watched and of overflows; nil means slog.Default(). Set it before the first Watch.
	Logger *slog.Logger

	r      Reactor
	queue  queue
	byPath map[string]*watch
	byID   map[int]*watch
	closed bool
}

// A queue is the kernel's.
type queue interface {
	reactor.FileDescriptor
	add(path string, m Mask) (id int, err error)
	remove(id int)
	// read returns what has happened, nothing when there is nothing yet.
	read() ([]rawEvent, error)
	close()
}

// A rawEvent is an event as the kernel tells it.
type rawEvent struct {
	id     int
	mask   Mask
	cookie uint32
	name   string
}

type watch struct {
	path string
	id   int
	opt  Options
	told map[string]bool // entries that were reported by scan and whose own events may still come
}

// New opens a queue and starts to read it.
func New(r Reactor) (*INotify, error) {
	q, err := openQueue()
	if err != nil {
		return nil, fmt.Errorf("inotify: %w", err)
	}
	n := &INotify{r: r, queue: q, byPath: map[string]*watch{}, byID: map[int]*watch{}}
	if err := r.AddReader((*source)(n)); err != nil {
		q.close()
		return nil, fmt.Errorf("inotify: %w", err)
	}
	return n, nil
}

// Watch starts to watch a path, which has to exist. A path that is watched already is left as it is. Directories below it that vanish, or cannot be read, meanwhile
// are left out and logged.
func (n *INotify) Watch(path string, opt Options) error {
	if n.closed {
		return fmt.Errorf("inotify: watch %q: %w", path, net.ErrClosed)
	}
	if opt.Mask&^(OnlyDir|DontFollow|ExclUnlink|OneShot) == 0 {
		opt.Mask |= Changes
	}
	path = filepath.Clean(path)
	if _, err := n.add(path, opt); err != nil {
		return fmt.Errorf("inotify: watch %q: %w", path, err)
	}
	if !opt.Recursive {
		return nil
	}
	filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && p != path {
			_, err = n.add(p, opt)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			n.log().Warn("inotify: a directory is not watched", "path", p, "error", err)
		}
		return nil
	})
	return nil
}

// add returns the watch of a path, and nil if there was one.
func (n *INotify) add(path string, opt Options) (*watch, error) {
	if n.byPath[path] != nil {
		return nil, nil
	}
	m := opt.Mask
	if opt.AutoAdd || opt.Recursive { // needed to keep track; reported only if opt.Mask says so
		m |= Create | Delete | Moved
	}
	id, err := n.queue.add(path, m&^(Unmount|Overflow|Ignored|IsDir))
	if err != nil {
		return nil, err
	}
	w := &watch{path: path, id: id, opt: opt}
	n.byPath[path], n.byID[id] = w, w
	return w, nil
}

// Ignore stops watching a path, and with it those below it that were watched because it was recursive or added directories.
func (n *INotify) Ignore(path string) error {
	path = filepath.Clean(path)
	w := n.byPath[path]
	if w == nil {
		return fmt.Errorf("inotify: ignore %q: %w", path, ErrNotWatched)
	}
	n.drop(w)
	if w.opt.Recursive || w.opt.AutoAdd {
		n.dropBelow(path)
	}
	return nil
}

func (n *INotify) drop(w *watch) {
	delete(n.byPath, w.path)
	delete(n.byID, w.id)
	n.queue.remove(w.id)
}

func (n *INotify) dropBelow(path string) {
	prefix := strings.TrimSuffix(path, string(filepath.Separator)) + string(filepath.Separator)
	for p, w := range n.byPath {
		if strings.HasPrefix(p, prefix) {
			n.drop(w)
		}
	}
}

// Watched returns the paths that are watched, sorted.
func (n *INotify) Watched() []string {
	out := make([]string, 0, len(n.byPath))
	for p := range n.byPath {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// Close ends all watches. It may be called more than once.
func (n *INotify) Close() error {
	if n.closed {
		return nil
	}
	n.r.RemoveReader((*source)(n))
	n.end()
	return nil
}

func (n *INotify) end() {
	n.closed = true
	n.queue.close()
	clear(n.byPath)
	clear(n.byID)
}

func (n *INotify) log() *slog.Logger {
	if n.Logger != nil {
		return n.Logger
	}
	return slog.Default()
}

// A source is an INotify as the reactor sees it.
type source INotify

func (s *source) FileDescriptor() int { return s.queue.FileDescriptor() }

// ConnectionLost comes when the queue cannot be read, or the reactor stops.
func (s *source) ConnectionLost(reason error) {
	n := (*INotify)(s)
	if n.closed {
		return
	}
	if !errors.Is(reason, protocol.ErrConnectionDone) && !errors.Is(reason, reactor.ErrStopped) {
		n.log().Error("inotify: watching ends", "error", reason)
	}
	n.end()
}

func (s *source) DoRead() error {
	n := (*INotify)(s)
	events, err := n.queue.read()
	if err != nil {
		return err
	}
	for _, e := range events {
		n.handle(e)
		if n.closed {
			return nil
		}
	}
	return nil
}

func (n *INotify) handle(e rawEvent) {
	if e.mask&Overflow != 0 {
		if n.OnOverflow != nil {
			n.OnOverflow()
			return
		}
		n.log().Warn("inotify: the kernel dropped events")
		return
	}
	w := n.byID[e.id]
	if w == nil {
		return // ignored meanwhile
	}
	if e.mask&Ignored != 0 {
		delete(n.byPath, w.path)
		delete(n.byID, w.id)
		return
	}
	path := w.path
	if e.name != "" {
		path = filepath.Join(w.path, e.name)
		told := w.told[e.name]
		delete(w.told, e.name)
		if told && e.mask&Create != 0 {
			return // reported already
		}
	}
	n.tell(w, Event{Watch: w.path, Path: path, Mask: e.mask, Cookie: e.cookie})
	if e.mask&IsDir == 0 || e.name == "" || n.byID[w.id] != w {
		return
	}
	switch {
	case e.mask&MovedFrom != 0 && (w.opt.AutoAdd || w.opt.Recursive): // their paths are wrong from now on
		if moved := n.byPath[path]; moved != nil {
			n.drop(moved)
		}
		n.dropBelow(path)
	case e.mask&(Create|MovedTo) != 0 && w.opt.AutoAdd:
		n.follow(path, w.opt)
	}
}

// tell calls Notify if the event was asked for.
func (n *INotify) tell(w *watch, e Event) {
	if e.Mask&(w.opt.Mask|Unmount)&^IsDir != 0 {
		w.opt.Notify(e)
	}
}

// follow watches a directory that has appeared, and reports what it has in it already as created.
func (n *INotify) follow(path string, opt Options) {
	w, err := n.add(path, opt)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			n.log().Warn("inotify: a directory is not watched", "path", path, "error", err)
		}
		return
	}
	if w == nil {
		return
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return // it is gone again: its watch ends by itself
	}
	w.told = map[string]bool{}
	for _, entry := range entries {
		w.told[entry.Name()] = true
	}
	for _, entry := range entries {
		if n.byID[w.id] != w {
			return // ignored by a callback
		}
		e := Event{Watch: path, Path: filepath.Join(path, entry.Name()), Mask: Create}
		if entry.IsDir() {
			e.Mask |= IsDir
		}
		n.tell(w, e)
		if entry.IsDir() && n.byID[w.id] == w {
			n.follow(e.Path, opt)
		}
	}
}
