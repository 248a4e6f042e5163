// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

// An Observer is told of events. Observe is called on the goroutine that logs, which may be a reactor's loop: it must not block, not panic, and be safe for
// use from several goroutines at a time. Twisted: ILogObserver.
type Observer interface {
	Observe(e *Event)
}

// An ObserverFunc is a function as an Observer.
type ObserverFunc func(e *Event)

// Observe calls f.
func (f ObserverFunc) Observe(e *Event) { f(e) }

// An Enabler is an Observer that can tell cheaply which events it has no use for: those are never built. Without it an observer wants all.
type Enabler interface {
	Observer
	Enabled(namespace string, level Level) bool
}
