// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"log/slog"
	"math"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/format"
)

// MaxEvent is how long an event may become in JSON, in bytes: where it would be longer, its strings, lists and maps are cut, and it has "log_truncated": true.
const MaxEvent = 64 << 10

// Append appends an event as one JSON object, without separator and line break, as Twisted writes it: the fields in their order, then what every event has, then log_flattened. It never fails: what JSON
// has no form for is {"unpersistable": true}; errors, and values with a MarshalText or String method, are their text; []byte is a string of characters U+0000 to U+00FF. Twisted: eventAsJSON.
func Append(dst []byte, e *logger.Event, o Options) []byte {
	from := len(dst)
	flat := format.Flatten(e)
	for n, bound := range bounds {
		c := encoder{dst: dst[:from], limit: from + MaxEvent, maxString: bound.str, maxItems: bound.items, strict: o.Strict}
		c.event(e, flat, o, n > 0)
		dst = c.dst
		if !c.over && len(dst)-from <= MaxEvent {
			return dst
		}
	}
	c := encoder{dst: dst[:from], limit: math.MaxInt, maxString: 1024, maxItems: 8}
	bare := logger.Event{Time: e.Time, Level: e.Level, Namespace: e.Namespace, System: e.System, Format: "{log_text}", HasFormat: true,
		Fields: []slog.Attr{slog.String("log_text", e.Text())}}
	c.event(&bare, nil, o, true)
	return c.dst
}

// bounds are tried one after the other until an event is short enough.
var bounds = []struct{ str, items int }{{MaxEvent, MaxEvent}, {4096, 1024}, {512, 64}, {64, 16}}

// reserved are the keys of what every event has: fields of that name are not written.
var reserved = map[string]bool{
	"log_failure": true, "log_logger": true, "log_level": true, "log_namespace": true, "log_source": true, "log_system": true, "log_format": true, "log_time": true,
	"log_time_ns": true, "log_trace": true, "log_flattened": true, "log_truncated": true,
}

func (c *encoder) event(e *logger.Event, flat []slog.Attr, o Options, truncated bool) {
	c.raw("{")
	first := true
	if e.Failure != nil {
		c.key(&first, "log_failure")
		failureOf(e).encode(c, 0)
	}
	later := again(e.Fields)
	for i, a := range e.Fields {
		if c.over || i >= c.maxItems {
			break
		}
		if !reserved[a.Key] && !later(i) {
			c.key(&first, a.Key)
			c.value(a.Value, 1)
		}
	}
	if e.System != "" {
		c.key(&first, "log_system")
		c.str(e.System)
	}
	if truncated {
		c.key(&first, "log_truncated")
		c.raw("true")
	}
	c.own(&first, e, o)
	if len(flat) > 0 {
		c.key(&first, "log_flattened")
		c.group(flat, 1)
	}
	if e.Trace != nil {
		c.key(&first, "log_trace")
		c.str(e.Trace.String())
	}
	c.raw("}")
}

// own writes what every event has. One without any of it, as a file may hold, stays without.
func (c *encoder) own(first *bool, e *logger.Event, o Options) {
	bare := e.Level == logger.NoLevel && e.Namespace == "" && !e.HasFormat && e.Format == "" && e.Time.IsZero()
	if bare {
		return
	}
	c.key(first, "log_logger")
	c.raw(unpersistable)
	if e.Level != logger.NoLevel {
		c.key(first, "log_level")
		c.level(e.Level)
	}
	c.key(first, "log_namespace")
	c.str(e.Namespace)
	c.key(first, "log_source")
	if e.Source == nil {
		c.raw("null")
	} else {
		c.raw(unpersistable)
	}
	c.key(first, "log_format")
	if e.HasFormat || e.Format != "" {
		c.str(e.Format)
	} else {
		c.raw("null")
	}
	if e.Time.IsZero() {
		return
	}
	c.key(first, "log_time")
	c.float(logger.Seconds(e.Time))
	if o.Nanoseconds {
		c.key(first, "log_time_ns")
		c.value(slog.Int64Value(e.Time.UnixNano()), 1)
	}
}

// again returns a function that tells whether the key of the field at i comes again behind it. The last one counts.
func again(as []slog.Attr) func(i int) bool {
	if len(as) > 32 {
		last := make(map[string]int, len(as))
		for i, a := range as {
			last[a.Key] = i
		}
		return func(i int) bool { return last[as[i].Key] != i }
	}
	return func(i int) bool {
		for _, a := range as[i+1:] {
			if a.Key == as[i].Key {
				return true
			}
		}
		return false
	}
}
