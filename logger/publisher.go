// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Publisher passes events to observers, in the order in which those were added. It is an Observer itself, so publishers make trees. The zero Publisher has no observers.
//
// An observer that panics does not stop the others: they are told, by a critical event with the panic as its Failure, and the broken one is left alone for a second, twice as
// long after each further panic in a row, five minutes at most. So is one with 5000 calls under way, as one has that logs to itself. Safe from any goroutine; observing takes no lock. Twisted: LogPublisher.
type Publisher struct {
	mu      sync.Mutex // held to change entries
	entries atomic.Pointer[[]*entry]
	now     func() time.Time // nil: time.Now
}

// An entry is an observer of a publisher, and how it fares.
type entry struct {
	observer Observer
	enabler  Enabler      // observer, if it is one
	sources  SourceUser   // observer, if it is one
	until    atomic.Int64 // when a broken observer is tried again, Unix nanoseconds; 0: it works
	panics   atomic.Int64 // in a row
	missed   atomic.Int64 // events since the last panic
	busy     atomic.Int64 // calls under way
}

const brokenFormat = "Temporarily disabling observer {observer} due to exception"

// maxBusy bounds the calls of one observer at a time.
const maxBusy = 5000

var errBusy = errors.New("5000 calls of the observer at a time: it is stuck, or logs to itself")

const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
)

// NewPublisher returns a publisher with observers.
func NewPublisher(observers ...Observer) *Publisher {
	p := new(Publisher)
	for _, o := range observers {
		p.Add(o)
	}
	return p
}

// WithClock makes p take the time for the pauses of broken observers from now, before it is used, and returns p.
func (p *Publisher) WithClock(now func() time.Time) *Publisher {
	p.now = now
	return p
}

// Add adds an observer behind the others, unless it is there already, and returns a function that removes it again. Functions cannot be compared, so of them each is
// another observer. It panics if o is nil. Twisted: addObserver.
func (p *Publisher) Add(o Observer) (remove func()) {
	if o == nil {
		panic("logger: Publisher.Add: nil observer")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.load()
	for _, e := range old {
		if same(e.observer, o) {
			return func() { p.remove(e) }
		}
	}
	e := newEntry(o)
	p.store(append(slices.Clip(old), e))
	return func() { p.remove(e) }
}

// Remove removes an observer, if it is there. Twisted: removeObserver.
func (p *Publisher) Remove(o Observer) {
	p.change(func(e *entry) bool { return same(e.observer, o) })
}

func newEntry(o Observer) *entry {
	e := &entry{observer: o}
	e.enabler, _ = o.(Enabler)
	e.sources, _ = o.(SourceUser)
	return e
}

// replace puts observers at the end that are not there yet, and takes old away, in one step.
func (p *Publisher) replace(old Observer, observers []Observer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entries := slices.DeleteFunc(slices.Clone(p.load()), func(e *entry) bool { return same(e.observer, old) })
	for _, o := range observers {
		if !slices.ContainsFunc(entries, func(e *entry) bool { return same(e.observer, o) }) {
			entries = append(entries, newEntry(o))
		}
	}
	p.store(entries)
}

func (p *Publisher) remove(gone *entry) { p.change(func(e *entry) bool { return e == gone }) }

func (p *Publisher) change(gone func(*entry) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.store(slices.DeleteFunc(slices.Clone(p.load()), gone))
}

func (p *Publisher) load() []*entry {
	if s := p.entries.Load(); s != nil {
		return *s
	}
	return nil
}

func (p *Publisher) store(entries []*entry) { p.entries.Store(&entries) }

// Enabled reports whether some observer wants such events.
func (p *Publisher) Enabled(namespace string, level Level) bool {
	for _, e := range p.load() {
		if e.wants(namespace, level) {
			return true
		}
	}
	return false
}

// wants asks the observer. If that panics, the answer is yes, so that Observe finds it out.
func (en *entry) wants(namespace string, level Level) (yes bool) {
	if en.enabler == nil {
		return true
	}
	defer func() {
		if recover() != nil {
			yes = true
		}
	}()
	return en.enabler.Enabled(namespace, level)
}

// Observe passes the event on.
func (p *Publisher) Observe(e *Event) {
	entries := p.load()
	var broken []report
	for _, en := range entries {
		broken = p.pass(en, e, broken)
	}
	for len(broken) > 0 { // an observer that breaks over a report is paused then, so this ends
		r := broken[0]
		broken = broken[1:]
		told := &Event{
			Time: p.time(), Level: Critical, Namespace: "logger.Publisher", Format: brokenFormat, HasFormat: true, Failure: r.err, Stack: r.err.Stack,
			Fields: []slog.Attr{
				slog.String("observer", nameOf(r.entry.observer)), slog.Int64("panics", r.panics), slog.Int64("missed", r.missed), slog.Duration("pause", r.pause),
			},
		}
		for _, en := range entries {
			if en != r.entry {
				broken = p.pass(en, told, broken)
			}
		}
	}
}

// A report is what the others are told of a panic.
type report struct {
	entry          *entry
	err            *PanicError
	panics, missed int64
	pause          time.Duration
}

// pass gives an event to one observer. If that panics, a report is added.
func (p *Publisher) pass(en *entry, e *Event, broken []report) []report {
	until := en.until.Load()
	if until != 0 && p.time().UnixNano() < until {
		en.missed.Add(1)
		return broken
	}
	told, err := p.observe(en, e)
	if err == nil {
		if told && until != 0 && en.until.CompareAndSwap(until, 0) {
			en.panics.Store(0)
			en.missed.Store(0)
		}
		return broken
	}
	r := report{entry: en, err: err, panics: en.panics.Add(1), missed: en.missed.Swap(0)}
	r.pause = min(firstPause<<min(r.panics-1, 10), maxPause)
	en.until.Store(p.time().Add(r.pause).UnixNano())
	return append(broken, r)
}

// observe calls the observer, unless it has no use for the event.
func (p *Publisher) observe(en *entry, e *Event) (told bool, err *PanicError) {
	busy := en.busy.Add(1)
	defer func() {
		en.busy.Add(-1)
		if r := recover(); r != nil {
			err = newPanicError(r, 1)
		}
	}()
	if busy > maxBusy {
		panic(errBusy)
	}
	if en.enabler != nil && !en.enabler.Enabled(e.Namespace, e.Level) {
		return false, nil
	}
	e.Trace.Add(p, en.observer)
	en.observer.Observe(e)
	return true, nil
}

func (p *Publisher) time() time.Time {
	if p.now != nil {
		return p.now()
	}
	return time.Now()
}
