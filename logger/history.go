// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"log/slog"
	"sync"
)

// DefaultHistory is how many events a History keeps by default.
const DefaultHistory = 65_536

// DefaultHistoryBytes is how much a History keeps by default, in octets.
const DefaultHistoryBytes = 64 << 20

// A History keeps the last events. The zero History keeps DefaultHistory of them, or fewer if they hold more than DefaultHistoryBytes. Safe from any goroutine. Twisted: LimitedHistoryLogObserver.
type History struct {
	// Size is how many events are kept; 0 means DefaultHistory, less than 0 all. It must not change once the History is used.
	Size int
	// Bytes is about how much the events may hold together, in octets of texts and fields; what other fields point to is not counted. 0 means DefaultHistoryBytes, or no bound if Size is less than 0;
	// less than 0 means none. The last event is kept whatever it holds. It must not change once the History is used.
	Bytes int

	mu     sync.Mutex
	events []kept // guarded by mu; those before first are gone
	first  int    // guarded by mu: the oldest
	bytes  int    // guarded by mu
}

type kept struct {
	event *Event
	bytes int
}

// Observe keeps a copy of the event.
func (h *History) Observe(e *Event) {
	c := kept{e.Clone(), bytesOf(e)}
	size, bound := or(h.Size, DefaultHistory), h.Bytes
	if bound == 0 && size > 0 {
		bound = DefaultHistoryBytes
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for n := len(h.events) - h.first; n > 0 && (size > 0 && n >= size || bound > 0 && h.bytes+c.bytes > bound); n-- {
		h.bytes -= h.events[h.first].bytes
		h.events[h.first] = kept{}
		h.first++
	}
	if h.first > 64 && h.first >= len(h.events)/2 {
		n := copy(h.events, h.events[h.first:])
		clear(h.events[n:])
		h.events, h.first = h.events[:n], 0
	}
	h.events = append(h.events, c)
	h.bytes += c.bytes
}

// bytesOf is about what an event holds.
func bytesOf(e *Event) int {
	return 256 + len(e.Format) + len(e.Namespace) + len(e.System) + len(e.Stack) + bytesOfAttrs(e.Fields, 0) + bytesOfAttrs(e.Flattened, 0)
}

func bytesOfAttrs(attrs []slog.Attr, depth int) int {
	n := 0
	for i := range attrs {
		n += 40 + len(attrs[i].Key)
		switch v := attrs[i].Value; v.Kind() {
		case slog.KindString:
			n += len(v.String())
		case slog.KindGroup:
			if depth < 16 {
				n += bytesOfAttrs(v.Group(), depth+1)
			}
		case slog.KindAny:
			if p, ok := v.Any().([]byte); ok {
				n += len(p)
			}
		}
	}
	return n
}

// Events returns what is kept, oldest first.
func (h *History) Events() []*Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ordered()
}

func (h *History) ordered() []*Event {
	events := make([]*Event, 0, len(h.events)-h.first)
	for _, k := range h.events[h.first:] {
		events = append(events, k.event)
	}
	return events
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
	h.events, h.first, h.bytes = nil, 0, 0
	return events
}

// A FlightRecorder passes to Observer the events of Pass and above. The others it keeps, and passes them on, oldest first, before an event of Dump or above: what led to an error
// is in the log, and nothing else of it. Its fields must not change once it is used. Safe from any goroutine.
type FlightRecorder struct {
	Observer Observer
	Pass     Level // the zero value is Info
	Dump     Level // the zero value is Error
	Size     int   // how many events are kept, in DefaultHistoryBytes at most; 0: 1000

	once    sync.Once
	history History
}

// Observe passes the event on, or keeps it.
func (r *FlightRecorder) Observe(e *Event) {
	r.once.Do(func() { r.history.Size = or(r.Size, 1000) })
	if e.Level >= or(r.Dump, Error) {
		for _, before := range r.history.take() {
			r.pass(before)
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
