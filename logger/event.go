// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logger

import (
	"log/slog"
	"slices"
	"time"

	"github.com/torsion-go/torsion/logger/internal/brace"
)

// An Event is one thing that happened. Observers share it: they must not change it, nor keep it or its Fields beyond the call unless they Clone it.
type Event struct {
	// Time is when. The zero Time means that it is not known.
	Time time.Time
	// Level is how much it matters.
	Level Level
	// Namespace tells which part of the program speaks, its parts joined by dots: "app.web". "" means none.
	Namespace string
	// Format is the text with its fields in braces: "Hello {who}". HasFormat tells an empty one from none, and need not be set for others.
	Format    string
	HasFormat bool
	// Source is the object that speaks, or nil. Twisted: log_source.
	Source any
	// System, if not "", stands in text instead of the namespace and level. Twisted: log_system.
	System string
	// Failure is the error that the event reports, or nil.
	Failure error
	// Stack is where the failure came from, as text, "" if that is not known.
	Stack string
	// Fields are the event's own, in the order of the call. Groups are slog's.
	Fields []slog.Attr
	// Shared tells what Fields begin with, if other events begin so too; nil otherwise. See Prepared.
	Shared *Shared
	// PC is the program counter of the call that made it, 0 if not known, or if no observer has a use for it: see SourceUser.
	PC uintptr
	// Flattened holds the texts and values of the fields that Format names, from the time when the event was written down, by keys that format.Flatten tells;
	// nil until then. Where it is there, text is made from it. Twisted: log_flattened.
	Flattened []slog.Attr
	// Trace, if not nil, notes who passed the event to whom. Twisted: log_trace.
	Trace *Trace
}

// Clone returns a copy that may be kept.
func (e *Event) Clone() *Event {
	c := *e
	c.Fields = slices.Clone(e.Fields)
	c.Flattened = slices.Clone(e.Flattened)
	return &c
}

// Lookup returns the value of a field by its name; of two with one name the later. Twisted's names of what every event has are known too: log_level,
// log_namespace, log_source, log_system, log_format, log_time (seconds) and log_failure.
func (e *Event) Lookup(name string) (slog.Value, bool) {
	if v, ok := brace.LookupAttr(e.Fields, name); ok {
		return v, true
	}
	return e.own(name)
}

// lookup is Lookup for a format.
func (e *Event) lookup() brace.Lookup {
	if len(e.Fields) <= 32 {
		return e.Lookup
	}
	find := brace.Finder(e.Fields, len(brace.Parse(e.Format).Parts))
	return func(name string) (slog.Value, bool) {
		if v, ok := find(name); ok {
			return v, true
		}
		return e.own(name)
	}
}

// own finds what every event has.
func (e *Event) own(name string) (slog.Value, bool) {
	switch {
	case name == "log_level" && e.Level != NoLevel:
		return slog.AnyValue(e.Level), true
	case name == "log_namespace":
		return slog.StringValue(e.Namespace), true
	case name == "log_source":
		return slog.AnyValue(e.Source), true
	case name == "log_system" && e.System != "":
		return slog.StringValue(e.System), true
	case name == "log_format" && (e.HasFormat || e.Format != ""):
		return slog.StringValue(e.Format), true
	case name == "log_time" && !e.Time.IsZero():
		return slog.Float64Value(Seconds(e.Time)), true
	case name == "log_failure" && e.Failure != nil:
		return slog.AnyValue(e.Failure), true
	}
	return slog.Value{}, false
}

// Seconds returns a time as Twisted keeps it in log_time: seconds since 1970.
func Seconds(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }
