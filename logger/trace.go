// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// A Trace notes the way of an event: who passed it to which observer. Put a new one into Event.Trace before the event is emitted; publishers and filters add to it. Safe from
// any goroutine.
type Trace struct {
	mu    sync.Mutex
	steps []Step // guarded by mu; at most maxSteps
}

// A Step is one passing on.
type Step struct{ From, To Observer }

// maxSteps bounds a trace.
const maxSteps = 1000

// A Namer is an observer with a name for traces and reports. Without it the type's name is used.
type Namer interface{ Name() string }

// NewTraced returns an observer that passes each event on to o with a Trace in it, and then gives the trace to done. It is a way to find out why an event does not arrive.
func NewTraced(o Observer, done func(e *Event, t *Trace)) Observer {
	return ObserverFunc(func(e *Event) {
		c := *e
		c.Trace = new(Trace)
		o.Observe(&c)
		done(&c, c.Trace)
	})
}

// Add notes that from passes the event to to. Nothing happens if t is nil.
func (t *Trace) Add(from, to Observer) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.steps) < maxSteps {
		t.steps = append(t.steps, Step{from, to})
	}
}

// Steps returns what was noted, in order.
func (t *Trace) Steps() []Step {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Step(nil), t.steps...)
}

// String shows the trace as a tree. Twisted: formatTrace.
func (t *Trace) String() string {
	var b strings.Builder
	var lineage []Observer
	for _, s := range t.Steps() {
		at := len(lineage)
		for at > 0 && !same(lineage[at-1], s.From) {
			at--
		}
		switch {
		case at > 0:
			lineage = lineage[:at]
		case len(lineage) == 0:
			b.WriteString(nameOf(s.From) + "\n")
			fallthrough
		default:
			lineage = append(lineage, s.From)
		}
		b.WriteString(strings.Repeat("  ", len(lineage)) + "-> " + nameOf(s.To) + "\n")
	}
	return b.String()
}

// same compares observers, of which those that are functions compare to nothing.
func same(a, b Observer) bool {
	ta, tb := reflect.TypeOf(a), reflect.TypeOf(b)
	return ta == tb && (ta == nil || reflect.ValueOf(a).Comparable() && reflect.ValueOf(b).Comparable() && a == b)
}

// nameOf names an observer. It must not panic, as it is used to report panics.
func nameOf(o Observer) (name string) {
	defer func() {
		if recover() != nil {
			name = fmt.Sprintf("%T", o)
		}
	}()
	if n, ok := o.(Namer); ok {
		return fmt.Sprintf("%T (%s)", o, n.Name())
	}
	return fmt.Sprintf("%T", o)
}
