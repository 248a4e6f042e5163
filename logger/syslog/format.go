// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package syslog

import (
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/line"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// severity returns RFC 5424's.
func severity(l logger.Level) int {
	switch {
	case l >= logger.Critical:
		return 2
	case l >= logger.Error:
		return 3
	case l >= logger.Warn:
		return 4
	case l >= logger.Info:
		return 6
	}
	return 7
}

// token returns s as a field of a header: printable ASCII without spaces, at most n octets, "-" if it is empty.
func token(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, text.Clip(s, n))
	if s == "" {
		return "-"
	}
	return s
}

// name returns s as an SD-NAME.
func name(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '=' || r == ']' || r == '"' {
			return '_'
		}
		return r
	}, token(s, 32))
}

// a pair is a field, its groups' names before its own.
type pair struct{ key, value string }

// pairs returns the fields of the event, and those that sinks without a place for them show so, none longer than max.
func pairs(e *logger.Event, sep string, max int) []pair {
	var all []pair
	room := max
	add := func(key, value string) {
		if room -= len(key) + 1; value != "" && room > 0 {
			value = text.Clip(value, room)
			room -= len(value)
			all = append(all, pair{key, value})
		}
	}
	add("namespace", e.Namespace)
	add("system", e.System)
	if e.Failure != nil {
		add("error", text.Error(e.Failure))
	}
	line.Walk(e.Fields, sep, func(key, value string) bool {
		add(key, value)
		return room > 0
	})
	add("stack", e.Stack)
	return all
}

// message appends the event in the config's format, of at most max octets.
func (c *Config) message(b []byte, e *logger.Event, max int) []byte {
	start := len(b)
	b = append(strconv.AppendInt(append(b, '<'), int64(int(*c.Facility)*8+severity(e.Level)), 10), '>')
	if c.Format == RFC3164 {
		b = c.append3164(b, e, max)
	} else {
		b = c.append5424(b, e, start+max)
	}
	if len(b)-start > max {
		b = append(b[:start], text.Clip(string(b[start:]), max)...)
	}
	return b
}

// append5424 appends what follows the priority. RFC 5424, section 6.
func (c *Config) append5424(b []byte, e *logger.Event, end int) []byte {
	b = append(b, '1', ' ')
	if e.Time.IsZero() {
		b = append(b, '-')
	} else {
		b = e.Time.AppendFormat(b, "2006-01-02T15:04:05.000000Z07:00")
	}
	id := "-"
	if len(e.Namespace) <= 32 {
		id = token(e.Namespace, 32)
	}
	b = append(b, ' ')
	b = append(b, c.Hostname+" "+c.AppName+" "+c.ProcID+" "+id+" "...)
	msg := string(text.AppendEscaped(nil, text.Clip(e.Text(), end), ""))
	room := end - len(b) - min(len(msg), (end-len(b))/2) - 4 // the message has at least half of what is left
	data := "[" + c.StructuredID
	for _, p := range pairs(e, ".", end) {
		param := " " + name(p.key) + "=\"" + escaper.Replace(string(text.AppendEscaped(nil, p.value, ""))) + "\""
		if len(data)+len(param) < room {
			data += param
		}
	}
	if len(data) == len(c.StructuredID)+1 {
		b = append(b, '-')
	} else {
		b = append(append(b, data...), ']')
	}
	return append(append(b, ' '), msg...)
}

// escaper escapes a PARAM-VALUE. RFC 5424, section 6.3.3.
var escaper = strings.NewReplacer("\"", "\\\"", "\\", "\\\\", "]", "\\]")

// append3164 appends what follows the priority. RFC 3164, section 4.1; local daemons expect no host name.
func (c *Config) append3164(b []byte, e *logger.Event, max int) []byte {
	b = append(e.Time.Local().AppendFormat(b, "Jan _2 15:04:05"), ' ')
	if !c.local() {
		b = append(b, c.Hostname+" "...)
	}
	b = append(b, c.AppName+"["+c.ProcID+"]: "...)
	b = text.AppendEscaped(b, text.Clip(e.Text(), max), "")
	for _, p := range pairs(e, ".", max) {
		b = append(text.AppendKey(append(b, ' '), p.key), '=')
		b = text.AppendQuoted(b, p.value)
	}
	return b
}
