// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import "sync"

// DefaultHistory is how many events a History keeps by default.
const DefaultHistory = 65_536

// A History keeps the last events. The zero History keeps DefaultHistory. Safe from any goroutine. Twisted: LimitedHistoryLogObserver.
type History struct {
	// Size is how many events are kept; 0 means DefaultHistory, less than 0 all. It must not change once the History is used.
	Size int

	mu     sync.Mutex
	events []*Event // guarded by mu: a ring once it is full
	first  int      // guarded by mu: the oldest
}

// Observe keeps a copy of the event.
func (h *History) Observe(e *Event) {
	c := e.Clone()
	h.mu.Lock()
	defer h.mu.Unlock()
	size := or(h.Size, DefaultHistory)
	if size < 0 || len(h.events) < size {
		h.events = append(h.events, c)
		return
	}
	h.events[h.first] = c
	h.first = (h.first + 1) % size
}

// Events returns what is kept, oldest first.
func (h *History) Events() []*Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ordered()
}

func (h *History) ordered() []*Event {
	return append(append([]*Event(nil), h.events[h.first:]...), h.events[:h.first]...)
}

// ReplayTo gives o what is kept, oldest first. Twisted: replayTo.
func (h *History) ReplayTo(o Observer) {
	for _, e := range h.Events() {
		if enabled(o, e.Namespace, e.Level) {
			o.Observe(e)
		}
	}
}

// Clear forgets everything.
func (h *History) Clear() { h.take() }

func (h *History) take() []*Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	events := h.ordered()
	h.events, h.first = nil, 0
	return events
}

// A FlightRecorder passes to Observer the events of Pass and above. The others it keeps, and passes them on, oldest first, before an event of Dump or above: what led to an error
// is in the log, and nothing else of it. Its fields must not change once it is used. Safe from any goroutine.
type FlightRecorder struct {
	Observer Observer
	Pass     Level // the zero value is Info
	Dump     Level // the zero value is Error
	Size     int   // how many events are kept; 0: 1000

	once    sync.Once
	history History
}

// Observe passes the event on, or keeps it.
func (r *FlightRecorder) Observe(e *Event) {
	r.once.Do(func() { r.history.Size = or(r.Size, 1000) })
	if e.Level >= or(r.Dump, Error) {
		for _, kept := range r.history.take() {
			r.pass(kept)
		}
	} else if e.Level < r.Pass {
		r.history.Observe(e)
		return
	}
	r.pass(e)
}

func (r *FlightRecorder) pass(e *Event) {
	e.Trace.Add(r, r.Observer)
	r.Observer.Observe(e)
}
