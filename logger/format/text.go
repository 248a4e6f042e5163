// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package format

import (
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/line"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// RFC3339 is the default layout of times: local, to the second, with a numeric zone. Twisted: timeFormatRFC3339.
const RFC3339 = "2006-01-02T15:04:05-0700"

// Options says how an event is shown as text. The zero Options are Twisted's defaults.
type Options struct {
	Layout      string         // of package time; "": RFC3339. "-" shows no time.
	Location    *time.Location // nil: local time
	NoTraceback bool           // leaves out the failure's text
	NoTimestamp bool           // leaves out the time
	NoSystem    bool           // leaves out the system in brackets
	Fields      bool           // shows the fields that the format does not name, and a failure without a stack, as key=value behind the text; Logfmt always does
	Source      bool           // shows file and line of the caller, as source=web/site.go:12
}

// Time returns t by a layout of package time, in its own location; "-" for the zero Time or an empty layout. Twisted: formatTime.
func Time(t time.Time, layout string) string {
	if t.IsZero() || layout == "" {
		return "-"
	}
	return t.Format(layout)
}

// System returns what stands in brackets: the event's System, or namespace and level, "-" for what is missing: "app.web#info".
func System(e *logger.Event) string { return line.System(e) }

// style returns the options as package line takes them.
func (o *Options) style(newline string) line.Style {
	layout := o.Layout
	if layout == "" {
		layout = RFC3339
	}
	return line.Style{Layout: layout, Location: o.Location, NoTime: o.NoTimestamp, NoSystem: o.NoSystem, NoFailure: o.NoTraceback, Fields: o.Fields, Source: o.Source, Newline: newline}
}

// AsText returns the event as "TIME [SYSTEM] TEXT", the failure's text on the lines behind it, without a line break at the end. It returns "" for an event without text and
// failure. Control characters other than line breaks and tabs are escaped. Twisted: eventAsText.
func AsText(e *logger.Event, o Options) string {
	s := o.style("\n")
	return string(text.Cut(s.AppendClassic(nil, e), 0))
}

// Classic returns the line of a log file, with the line break at its end: AsText with each line break followed by a tab, so that only a line without one begins an event. It returns ""
// for an event without text and failure. Twisted: formatEventAsClassicLogText.
func Classic(e *logger.Event, o Options) string { return string(AppendClassic(nil, e, o)) }

// AppendClassic appends what Classic returns.
func AppendClassic(dst []byte, e *logger.Event, o Options) []byte {
	s := o.style("\n\t")
	from := len(dst)
	return end(s.AppendClassic(dst, e), from)
}

// Logfmt appends the event as a line of key=value pairs: time, level, namespace, system, msg, the fields, those of groups with dotted keys, error and stack. It appends nothing for an event without
// text, fields and failure.
func Logfmt(dst []byte, e *logger.Event, o Options) []byte {
	s := o.style("")
	from := len(dst)
	return end(s.AppendLogfmt(dst, e), from)
}

// end closes a line, if there is one.
func end(dst []byte, from int) []byte {
	if len(dst) == from {
		return dst
	}
	return append(text.CutAt(dst, from, text.Max-1), '\n')
}

// Escape appends s as text that can neither end a line of a log nor steer a terminal: control characters, those that change the direction of writing or do not print, and octets that are not
// UTF-8 are written as \x1b, \u202e and so on, a line break as \n. Tabs stay.
func Escape(dst []byte, s string) []byte { return text.AppendEscaped(dst, s, "") }
