// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"io"
	"sync"

	"github.com/torsion-go/torsion/logger"
)

// RecordSeparator is the octet before each record: RFC 7464, section 2.2.
const RecordSeparator = "\x1e"

// Options says how events are written. The zero Options write what Twisted does.
type Options struct {
	Separator   string // before each record; "": RecordSeparator
	NDJSON      bool   // no separator at all: one object a line
	Strict      bool   // null for NaN and the infinities, which are not JSON
	Nanoseconds bool   // adds log_time_ns, the whole time as an integer
}

func (o Options) separator() string {
	switch {
	case o.NDJSON:
		return ""
	case o.Separator == "":
		return RecordSeparator
	}
	return o.Separator
}

// An Observer writes each event as a record: the separator, a JSON object, a line break, in one Write. A writer that has a method Flush() error is flushed then. An error of the
// writer does not stop it. Safe from any goroutine; the writer is called by one at a time, and blocks who logs while it blocks. Twisted: jsonFileLogObserver.
type Observer struct {
	w io.Writer
	o Options

	mu   sync.Mutex
	err  error  // guarded by mu
	lost uint64 // guarded by mu
}

// NewObserver returns an Observer that writes to w.
func NewObserver(w io.Writer, o Options) *Observer { return &Observer{w: w, o: o} }

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// UsesSource returns false: the form has no place for it.
func (o *Observer) UsesSource() bool { return false }

// Observe writes the event.
func (o *Observer) Observe(e *logger.Event) {
	p := buffers.Get().(*[]byte)
	defer func() {
		if cap(*p) <= 2*MaxEvent {
			buffers.Put(p)
		}
	}()
	*p = append(Append(append((*p)[:0], o.o.separator()...), e, o.o), '\n') // not under mu: a method of a field's value may log
	o.mu.Lock()
	defer o.mu.Unlock()
	_, err := o.w.Write(*p)
	if f, ok := o.w.(interface{ Flush() error }); ok && err == nil {
		err = f.Flush()
	}
	if err != nil {
		o.err = err
		o.lost++
	}
}

// Err returns the last error of the writer, nil if there was none.
func (o *Observer) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// Lost returns how many events the writer's errors cost.
func (o *Observer) Lost() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost
}
