// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package line makes lines of events, for packages format and console: what an event says is the same in all of them.
//
// # Concurrency
//
// Everything is safe from any goroutine.
package line

import (
	"log/slog"
	"path"
	"runtime"
	"strconv"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/brace"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// A Style says how an event is shown.
type Style struct {
	Layout    string         // of the time; "-" for none
	Location  *time.Location // nil: local time
	NoTime    bool
	NoSystem  bool
	NoFailure bool
	Fields    bool   // in Classic: the fields that the format does not name, and a failure that has no stack, as key=value
	Source    bool   // file and line of the caller
	Newline   string // stands for a line break
	Key       string // before a key: a colour
	AfterKey  string
}

// AppendTime appends the time, "-" if it is not known.
func (s *Style) AppendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, '-')
	}
	if s.Location != nil {
		t = t.In(s.Location)
	} else {
		t = t.Local()
	}
	return t.AppendFormat(dst, s.Layout)
}

// System returns the event's System, or namespace and level, "-" for what is missing: "app.web#info".
func System(e *logger.Event) string {
	if e.System != "" {
		return e.System
	}
	namespace := e.Namespace
	if namespace == "" {
		namespace = "-"
	}
	return text.Clip(namespace, maxKey) + "#" + e.Level.Name()
}

// AppendClassic appends "TIME [SYSTEM] BODY", nothing for an event that says nothing.
func (s *Style) AppendClassic(dst []byte, e *logger.Event) []byte {
	from := len(dst)
	if !s.NoTime {
		dst = append(s.AppendTime(dst, e.Time), ' ')
	}
	if !s.NoSystem {
		dst = append(dst, '[')
		dst = text.AppendEscaped(dst, text.Clip(System(e), 2*maxKey), "")
		dst = append(dst, "] "...)
	}
	head := len(dst)
	if dst = s.AppendBody(dst, e); len(dst) == head {
		return dst[:from]
	}
	return dst
}

// AppendBody appends the text, the fields that it does not show, the source, and the failure. It stops soon after text.Max octets.
func (s *Style) AppendBody(dst []byte, e *logger.Event) []byte {
	from := len(dst)
	dst = text.AppendEscaped(dst, e.Text(), s.Newline)
	inline := false
	if s.Fields {
		dst = s.appendFields(dst, e, from)
		if inline = e.Stack == "" && e.Failure != nil && !s.NoFailure; inline {
			dst = s.appendPair(dst, from, "error", text.Error(e.Failure))
		}
	}
	if s.Source && e.PC != 0 && len(dst) > from {
		dst = s.appendPair(dst, from, "source", Place(e.PC))
	}
	if s.NoFailure || inline {
		return dst
	}
	if trace := e.Traceback(); trace != "" {
		dst = append(dst, s.Newline...)
		dst = text.AppendEscaped(dst, text.Clip(trace, text.Max), s.Newline)
	}
	return dst
}

func (s *Style) appendFields(dst []byte, e *logger.Event, from int) []byte {
	format := brace.Parse(e.Format)
	for i := range e.Fields {
		if len(dst)-from > text.Max {
			break
		}
		if !format.Names(e.Fields[i].Key) {
			dst = s.appendAll(dst, e.Fields[i:i+1], from)
		}
	}
	return dst
}

func (s *Style) appendAll(dst []byte, fields []slog.Attr, from int) []byte {
	Walk(fields, ".", func(key, value string) bool {
		dst = s.appendPair(dst, from, key, value)
		return len(dst)-from <= text.Max
	})
	return dst
}

func (s *Style) appendPair(dst []byte, from int, key, value string) []byte {
	if len(dst) > from && dst[len(dst)-1] != ' ' {
		dst = append(dst, ' ')
	}
	dst = append(dst, s.Key...)
	dst = text.AppendKey(dst, key)
	dst = append(append(dst, s.AfterKey...), '=')
	return text.AppendQuoted(dst, value)
}

// AppendLogfmt appends key=value pairs: time, level, namespace, system, source, msg, the fields, error, stack. An event that says nothing makes none.
func (s *Style) AppendLogfmt(dst []byte, e *logger.Event) []byte {
	from := len(dst)
	if !s.NoTime && s.Layout != "-" && !e.Time.IsZero() {
		var buf [64]byte
		dst = s.appendPair(dst, from, "time", string(s.AppendTime(buf[:0], e.Time)))
	}
	pair := func(key, value string) {
		if value != "" {
			dst = s.appendPair(dst, from, key, text.Clip(value, text.Max))
		}
	}
	if e.Level != logger.NoLevel {
		pair("level", e.Level.String())
	}
	if !s.NoSystem {
		pair("namespace", e.Namespace)
		pair("system", e.System)
	}
	if s.Source && e.PC != 0 {
		pair("source", Place(e.PC))
	}
	head := len(dst)
	pair("msg", e.Text())
	dst = s.appendAll(dst, e.Fields, from)
	if !s.NoFailure {
		if e.Failure != nil {
			pair("error", text.Error(e.Failure))
		}
		pair("stack", e.Stack)
	}
	if len(dst) == head {
		return dst[:from]
	}
	return dst
}

// Place returns the file, with its folder, and the line.
func Place(pc uintptr) string {
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	dir, file := path.Split(f.File) // with slashes on all systems
	return path.Join(path.Base(dir), file) + ":" + strconv.Itoa(f.Line)
}
