// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"fmt"
	"maps"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// A FileDescriptor is something with a descriptor that a loop watches. Its methods are called on the loop.
type FileDescriptor interface {
	// FileDescriptor returns the number, the same every time. The descriptor stays the caller's, and open while it is watched.
	FileDescriptor() int
	// ConnectionLost is called, once, when DoRead or DoWrite returned a reason or panicked, or when the reactor stops. The descriptor is no longer watched.
	ConnectionLost(reason error)
}

// A ReadDescriptor reads when there is something to read. Twisted: IReadDescriptor.
type ReadDescriptor interface {
	FileDescriptor
	// DoRead is called once a pass while there is something to read, the end of the stream included. A reason that is not nil ends the watching.
	DoRead() error
}

// A WriteDescriptor writes when there is room. Twisted: IWriteDescriptor.
type WriteDescriptor interface {
	FileDescriptor
	// DoWrite is called once a pass while there is room. A reason that is not nil ends the watching.
	DoWrite() error
}

// A watch is a descriptor being watched, for reading, writing or both, by one or two who want to know.
type watch struct {
	loop   *Loop
	fd     int
	watch  poll.Watch
	reader ReadDescriptor
	writer WriteDescriptor
	made   deferred.Stack // where, with Config.Debug
}

// AddReader calls d.DoRead whenever its descriptor can be read. Adding twice is as once; another reader of the same descriptor replaces the first. Regular files
// can always be read. Twisted: IReactorFDSet. Loop only.
func (l *Loop) AddReader(d ReadDescriptor) error {
	return l.addWatch("reactor: AddReader", d.FileDescriptor(), func(w *watch) { w.reader = d })
}

// AddWriter calls d.DoWrite whenever its descriptor can be written, otherwise as AddReader. Loop only.
func (l *Loop) AddWriter(d WriteDescriptor) error {
	return l.addWatch("reactor: AddWriter", d.FileDescriptor(), func(w *watch) { w.writer = d })
}

func (l *Loop) addWatch(what string, fd int, set func(*watch)) error {
	if err := l.open(what); err != nil {
		return err
	}
	w := l.watches[fd]
	if w == nil {
		w = &watch{loop: l, fd: fd, made: l.r.origin()}
		var err error
		if w.watch, err = l.poller.Watch(fd, w); err != nil {
			return fmt.Errorf("%s: descriptor %d: %w", what, fd, err)
		}
		l.watches[fd] = w
	}
	set(w)
	if err := w.update(); err != nil {
		return fmt.Errorf("%s: descriptor %d: %w", what, fd, err)
	}
	return nil
}

// RemoveReader stops calling d. One that was not added is no error. Loop only.
func (l *Loop) RemoveReader(d ReadDescriptor) {
	loopcheck.Check(l, "reactor: RemoveReader")
	if w := l.watches[d.FileDescriptor()]; w != nil && w.reader == d {
		w.reader = nil
		w.changed()
	}
}

// RemoveWriter stops calling d. One that was not added is no error. Loop only.
func (l *Loop) RemoveWriter(d WriteDescriptor) {
	loopcheck.Check(l, "reactor: RemoveWriter")
	if w := l.watches[d.FileDescriptor()]; w != nil && w.writer == d {
		w.writer = nil
		w.changed()
	}
}

// RemoveAll removes all readers and writers and returns them, each once. Loop only.
func (l *Loop) RemoveAll() []FileDescriptor {
	loopcheck.Check(l, "reactor: RemoveAll")
	var all []FileDescriptor
	for _, fd := range slices.Sorted(maps.Keys(l.watches)) {
		w := l.watches[fd]
		all = append(all, w.who()...)
		w.close()
	}
	return all
}

// Readers returns the readers, in the order of their descriptors. Loop only.
func (l *Loop) Readers() []ReadDescriptor {
	var all []ReadDescriptor
	for _, fd := range slices.Sorted(maps.Keys(l.watches)) {
		if r := l.watches[fd].reader; r != nil {
			all = append(all, r)
		}
	}
	return all
}

// Writers returns the writers, in the order of their descriptors. Loop only.
func (l *Loop) Writers() []WriteDescriptor {
	var all []WriteDescriptor
	for _, fd := range slices.Sorted(maps.Keys(l.watches)) {
		if w := l.watches[fd].writer; w != nil {
			all = append(all, w)
		}
	}
	return all
}

// who returns the reader and the writer, once if they are one.
func (w *watch) who() []FileDescriptor {
	var all []FileDescriptor
	if w.reader != nil {
		all = append(all, w.reader)
	}
	if w.writer != nil && (w.reader == nil || FileDescriptor(w.writer) != FileDescriptor(w.reader)) {
		all = append(all, w.writer)
	}
	return all
}

func (w *watch) update() error { return w.watch.Set(w.reader != nil, w.writer != nil) }

// changed follows the removal of a reader or writer.
func (w *watch) changed() {
	if w.reader == nil && w.writer == nil {
		w.close()
		return
	}
	if err := w.update(); err != nil {
		w.lost(protocol.Lost(err))
	}
}

func (w *watch) close() {
	w.watch.Close()
	delete(w.loop.watches, w.fd)
}

func (w *watch) Readable() {
	if r := w.reader; r != nil {
		w.do(r.DoRead)
	}
}

func (w *watch) Writable() {
	if r := w.writer; r != nil {
		w.do(r.DoWrite)
	}
}

// do calls DoRead or DoWrite. A panic counts as a reason to end.
func (w *watch) do(f func() error) {
	err := error(&protocol.PanicError{Value: "the handler of a descriptor panicked; see the log"})
	w.loop.run(func() { err = f() }, nil)
	if err != nil && w.loop.watches[w.fd] == w {
		w.lost(err)
	}
}

// lost ends the watching and tells everybody.
func (w *watch) lost(reason error) {
	all := w.who()
	w.close()
	for _, d := range all {
		w.loop.run(func() { d.ConnectionLost(reason) }, nil)
	}
}
