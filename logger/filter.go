// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"fmt"
	"sync"
)

// A Result is what a predicate says of an event.
type Result int

// The results. The first Yes or No decides; if all say Maybe, the event passes. Twisted: PredicateResult.
const (
	Maybe Result = iota
	Yes
	No
)

// String names the result.
func (r Result) String() string {
	switch r {
	case Maybe:
		return "maybe"
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return fmt.Sprintf("Result(%d)", int(r))
}

// A Predicate decides whether an event passes. It is called as an Observer is. Twisted: ILogFilterPredicate.
type Predicate interface {
	Decide(e *Event) Result
}

// A PredicateFunc is a function as a Predicate.
type PredicateFunc func(e *Event) Result

// Decide calls f.
func (f PredicateFunc) Decide(e *Event) Result { return f(e) }

// A LevelPredicate is a Predicate that decides by namespace and level alone: as long as only such predicates come first, events that do not pass are never built.
type LevelPredicate interface {
	Predicate
	DecideLevel(namespace string, level Level) Result
}

// A Filter passes on to Observer the events that its predicates let pass, and the others to Negative. Its fields must not change once it is used. Twisted:
// FilteringLogObserver.
type Filter struct {
	Observer   Observer    // nil: none
	Predicates []Predicate // in order
	Negative   Observer    // nil: none

	once  sync.Once
	early []LevelPredicate // of Predicates, up to the first that is none; set by once
}

// Observe passes the event on. It panics with a sentence if a predicate returns something that is no Result.
func (f *Filter) Observe(e *Event) {
	to := f.Negative
	if f.passes(e) {
		to = f.Observer
	}
	if to != nil && enabled(to, e.Namespace, e.Level) {
		e.Trace.Add(f, to)
		to.Observe(e)
	}
}

func (f *Filter) passes(e *Event) bool {
	for _, p := range f.Predicates {
		switch r := p.Decide(e); r {
		case Yes:
			return true
		case No:
			return false
		case Maybe:
		default:
			panic(fmt.Sprintf("logger: Filter: invalid predicate result: %v", r))
		}
	}
	return true
}

// Enabled reports whether an event of this kind may reach either observer.
func (f *Filter) Enabled(namespace string, level Level) bool {
	f.once.Do(f.prepare)
	for _, p := range f.early {
		switch p.DecideLevel(namespace, level) {
		case Yes:
			return enabled(f.Observer, namespace, level)
		case No:
			return enabled(f.Negative, namespace, level)
		}
	}
	return enabled(f.Observer, namespace, level) || len(f.early) < len(f.Predicates) && enabled(f.Negative, namespace, level)
}

func (f *Filter) prepare() {
	for _, p := range f.Predicates {
		early, ok := p.(LevelPredicate)
		if !ok {
			return
		}
		f.early = append(f.early, early)
	}
}

func enabled(o Observer, namespace string, level Level) bool {
	if o == nil {
		return false
	}
	if en, ok := o.(Enabler); ok {
		return en.Enabled(namespace, level)
	}
	return true
}
