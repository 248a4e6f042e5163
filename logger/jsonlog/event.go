// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package jsonlog

import (
	"log/slog"
	"math"
	"strings"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/format"
	"github.com/torsion-go/torsion/logger/internal/brace"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// MaxEvent is how long an event may become in JSON, in bytes: where it would be longer, its strings, lists and maps are cut, and it has "log_truncated": true.
const MaxEvent = 64 << 10

// Append appends an event as one JSON object, without separator and line break, as Twisted writes it: the fields in their order, then what every event has, then log_flattened. It never fails: what JSON
// has no form for is {"unpersistable": true}; errors, and values with a MarshalText or String method, are their text; []byte is a string of characters U+0000 to U+00FF. Twisted: eventAsJSON.
func Append(dst []byte, e *logger.Event, o Options) []byte {
	from := len(dst)
	parsed := brace.Parse(e.Format)
	straight := e.Flattened == nil && !parsed.SameKeys
	var flat []slog.Attr
	if !straight {
		flat = format.Flatten(e)
	}
	for n, bound := range bounds {
		if n == 1 && straight {
			straight, flat = false, format.Flatten(e)
		}
		c := encoder{dst: dst[:from], limit: from + MaxEvent, maxString: bound.str, maxItems: bound.items, strict: o.Strict}
		if straight {
			c.flat = parsed
		}
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
	var last map[string]int // the last of many fields with a key
	if len(e.Fields) > 32 {
		last = make(map[string]int, len(e.Fields))
		for i := range e.Fields {
			last[e.Fields[i].Key] = i
		}
	}
	for i := range e.Fields {
		a := &e.Fields[i]
		if c.over || i >= c.maxItems {
			break
		}
		if strings.HasPrefix(a.Key, "log_") && reserved[a.Key] || last != nil && last[a.Key] != i || last == nil && again(e.Fields[i+1:], a.Key) {
			continue
		}
		c.key(&first, a.Key)
		c.value(a.Value, 1)
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
	switch {
	case c.flat != nil:
		c.flatten(&first, e)
	case len(flat) > 0:
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

// again reports whether a key comes again. The last one counts.
func again(as []slog.Attr, key string) bool {
	for i := range as {
		if as[i].Key == key {
			return true
		}
	}
	return false
}

// flatten writes what format.Flatten returns, from where it stands.
func (c *encoder) flatten(first *bool, e *logger.Event) {
	var buf [128]byte
	none, look := true, e.Lookup
	for i := range c.flat.Parts {
		p := &c.flat.Parts[i]
		if !p.HasField || c.over {
			continue
		}
		v, err := p.Resolve(look)
		if err != nil {
			continue
		}
		conv := p.Field.FlatConv()[0]
		plain := v.Kind() == slog.KindString && conv == 's' && len(v.String()) <= MaxEvent
		b := buf[:0]
		if !plain {
			if b, err = brace.Append(b, v, conv, ""); err != nil {
				continue
			}
			b = text.Cut(b, 0)
		}
		if none {
			c.key(first, "log_flattened")
			c.raw("{")
		}
		c.key(&none, p.TextKey)
		if plain {
			c.value(v, 2)
		} else {
			c.str(string(b))
		}
		c.key(&none, p.ValueKey)
		c.value(v, 2)
	}
	if !none {
		c.raw("}")
	}
}
