// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"log/slog"
	"runtime"
	"sync"
	"time"
)

// events are used again: observers may not keep them.
var events = sync.Pool{New: func() any { return new(Event) }}

// maxPooledFields bounds the memory that an event in the pool holds.
const maxPooledFields = 64

// emit makes the event, with the Logger's fields, more, and fields, and gives it to the observer. It copies the fields, so that a caller's stay on its stack. It is called by exported methods only: what called those is
// the place.
func (l *Logger) emit(more []slog.Attr, level Level, failure error, stack, format string, fields []slog.Attr) {
	var pc [1]uintptr
	if l.sources == nil || l.sources.UsesSource() {
		runtime.Callers(3, pc[:])
	}
	e := events.Get().(*Event)
	buf := e.Fields
	all := l.fields // which stay as they are, as observers do not change them
	if len(more)+len(fields) > 0 {
		buf = append(append(append(buf[:0], l.fields...), more...), fields...)
		all = buf
	}
	*e = Event{
		Time: time.Now(), Level: level, Namespace: l.namespace, Format: format, HasFormat: format != "",
		Source: l.source, System: l.system, Failure: failure, Stack: stack, Fields: all, Shared: l.shared, PC: pc[0],
	}
	l.Emit(e)
	if cap(buf) > maxPooledFields {
		buf = nil
	}
	clear(buf) // what is behind was cleared after the events before
	*e = Event{Fields: buf[:0]}
	events.Put(e)
}

// Emit gives an event that the caller has made to the observer, as it is. A panic of an observer is told to Global.
func (l *Logger) Emit(e *Event) {
	o := l.observer
	if o == nil {
		o = Global()
	}
	defer func() {
		if r := recover(); r != nil && o != Observer(Global()) {
			err := newPanicError(r, 1)
			Global().Observe(&Event{
				Time: time.Now(), Level: Critical, Namespace: "logger", Format: "Observer {observer} broke", HasFormat: true, Failure: err, Stack: err.Stack,
				Fields: []slog.Attr{slog.String("observer", nameOf(o))},
			})
		}
	}()
	o.Observe(e)
}
