// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package format

import (
	"strings"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/brace"
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
}

// Time returns t by a layout of package time, in its own location; "-" for the zero Time or an empty layout. Twisted: formatTime.
func Time(t time.Time, layout string) string {
	if t.IsZero() || layout == "" {
		return "-"
	}
	return t.Format(layout)
}

// System returns what stands in brackets: the event's System, or namespace and level, "-" for what is missing: "app.web#info".
func System(e *logger.Event) string {
	if e.System != "" {
		return e.System
	}
	namespace := e.Namespace
	if namespace == "" {
		namespace = "-"
	}
	return namespace + "#" + e.Level.Name()
}

// AsText returns the event as "TIME [SYSTEM] TEXT", the failure's text on the lines behind it, without a line break at the end. It returns "" for an event without text and
// failure. Control characters other than line breaks and tabs are escaped. Twisted: eventAsText.
func AsText(e *logger.Event, o Options) string { return string(appendText(nil, e, o, "\n")) }

// Classic returns the line of a log file, with the line break at its end: AsText with each line break followed by a tab, so that only a line without one begins an event. It returns ""
// for an event without text and failure. Twisted: formatEventAsClassicLogText.
func Classic(e *logger.Event, o Options) string { return string(AppendClassic(nil, e, o)) }

// AppendClassic appends what Classic returns.
func AppendClassic(dst []byte, e *logger.Event, o Options) []byte {
	n := len(dst)
	if dst = appendText(dst, e, o, "\n\t"); len(dst) > n {
		dst = append(dst, '\n')
	}
	return dst
}

func appendText(dst []byte, e *logger.Event, o Options, newline string) []byte {
	text, trace := e.Text(), ""
	if !o.NoTraceback {
		trace = e.Traceback()
	}
	if text == "" && trace == "" {
		return dst
	}
	from := len(dst)
	if !o.NoTimestamp {
		dst = appendTime(dst, e.Time, o)
		dst = append(dst, ' ')
	}
	if !o.NoSystem {
		dst = append(dst, '[')
		dst = brace.AppendEscaped(dst, System(e), "")
		dst = append(dst, "] "...)
	}
	dst = brace.AppendEscaped(dst, text, newline)
	if trace != "" {
		dst = append(dst, newline...)
		dst = brace.AppendEscaped(dst, trace, newline)
	}
	return brace.Cut(dst, from)
}

func appendTime(dst []byte, t time.Time, o Options) []byte {
	if t.IsZero() {
		return append(dst, '-')
	}
	if o.Location != nil {
		t = t.In(o.Location)
	} else {
		t = t.Local()
	}
	layout := o.Layout
	if layout == "" {
		layout = RFC3339
	}
	return t.AppendFormat(dst, layout)
}

// Escape appends s as text that can neither end a line of a log nor steer a terminal: control characters, those that change the direction of writing, and octets that are not UTF-8 are
// written as \x1b, \u202e and so on, a line break as \n. Tabs stay.
func Escape(dst []byte, s string) []byte { return brace.AppendEscaped(dst, s, "") }

// Logfmt appends the event as a line of key=value pairs: time, level, namespace, msg, error, then the fields, those of groups with dotted keys.
func Logfmt(dst []byte, e *logger.Event, o Options) []byte {
	from := len(dst)
	pair := func(key, value string) {
		if len(dst) > from {
			dst = append(dst, ' ')
		}
		dst = append(append(dst, strings.Map(logfmtKey, key)...), '=')
		dst = appendLogfmt(dst, value)
	}
	if !o.NoTimestamp && !e.Time.IsZero() {
		pair("time", string(appendTime(nil, e.Time, o)))
	}
	if e.Level != logger.NoLevel {
		pair("level", e.Level.String())
	}
	if !o.NoSystem && e.Namespace != "" {
		pair("namespace", e.Namespace)
	}
	if text := e.Text(); text != "" {
		pair("msg", text)
	}
	if e.Failure != nil && !o.NoTraceback {
		pair("error", e.Traceback())
	}
	pairs(e.Fields, "", pair)
	return append(brace.Cut(dst, from), '\n')
}
