// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
)

// Shared are fields that many events begin with, those of Logger.With, and what observers made of them: so that each encodes them once. Safe from any goroutine.
type Shared struct {
	fields []slog.Attr

	mu    sync.Mutex // held to change forms
	forms atomic.Pointer[[]form]
}

type form struct {
	by Preparer
	is any
}

// maxForms bounds how many observers find their forms again.
const maxForms = 4

// A Preparer is an observer that can make something of fields beforehand. It is compared: a pointer.
type Preparer interface {
	Observer
	Prepare(fields []slog.Attr) any
}

// NewShared returns what may be shared of fields: the first of them, up to one whose value may change, as a LogValuer's or a pointer's; nil if there are none.
func NewShared(fields []slog.Attr) *Shared { return newShared(slices.Clone(fields)) }

// newShared keeps the fields, which do not change.
func newShared(fields []slog.Attr) *Shared {
	n := 0
	for n < len(fields) && constant(fields[n].Value) {
		n++
	}
	if n == 0 {
		return nil
	}
	return &Shared{fields: fields[:n:n]}
}

func constant(v slog.Value) bool {
	switch v.Kind() {
	case slog.KindAny, slog.KindLogValuer, slog.KindGroup:
		return false
	}
	return true
}

// Prepared returns what p made of the first n of the event's fields; n is 0 if there are none that the event shares with others.
func (e *Event) Prepared(p Preparer) (prepared any, n int) {
	s := e.Shared
	if s == nil || len(e.Fields) < len(s.fields) {
		return nil, 0
	}
	if &s.fields[0] != &e.Fields[0] && !slices.EqualFunc(s.fields, e.Fields[:len(s.fields)], equal) { // who passed the event on may have changed its copy
		return nil, 0
	}
	if is, ok := s.find(p); ok {
		return is, len(s.fields)
	}
	return s.add(p)
}

func equal(a, b slog.Attr) bool { return a.Key == b.Key && a.Value.Equal(b.Value) }

func (s *Shared) find(p Preparer) (is any, ok bool) {
	if forms := s.forms.Load(); forms != nil {
		for i := range *forms {
			if f := &(*forms)[i]; f.by == p {
				return f.is, true
			}
		}
	}
	return nil, false
}

func (s *Shared) add(p Preparer) (any, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is, ok := s.find(p); ok {
		return is, len(s.fields)
	}
	var forms []form
	if old := s.forms.Load(); old != nil {
		forms = *old
	}
	if len(forms) == maxForms {
		return nil, 0
	}
	is := p.Prepare(s.fields)
	forms = append(slices.Clip(forms), form{p, is})
	s.forms.Store(&forms)
	return is, len(s.fields)
}

// A SourceUser is an Observer that can tell whether it has a use for Event.PC, which takes long to find out. Without it an observer has.
type SourceUser interface {
	Observer
	UsesSource() bool
}

// UsesSource reports whether an observer has a use for Event.PC.
func UsesSource(o Observer) bool {
	if u, ok := o.(SourceUser); ok {
		return u.UsesSource()
	}
	return o != nil
}

// UsesSource reports whether an observer does.
func (p *Publisher) UsesSource() bool {
	for _, e := range p.load() {
		if e.sources == nil || e.sources.UsesSource() {
			return true
		}
	}
	return false
}

// UsesSource reports whether an observer does; predicates do not.
func (f *Filter) UsesSource() bool { return UsesSource(f.Observer) || UsesSource(f.Negative) }

// UsesSource reports whether the observer does.
func (r *FlightRecorder) UsesSource() bool { return UsesSource(r.Observer) }
