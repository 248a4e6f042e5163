// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package console

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/internal/text"
)

// Colours, by ECMA-48's SGR.
const (
	reset   = "\x1b[0m"
	dim     = "\x1b[2m"
	red     = "\x1b[31m"
	yellow  = "\x1b[33m"
	green   = "\x1b[32m"
	cyan    = "\x1b[36m"
	redBold = "\x1b[1;31m"
)

// A level's name, and its colour.
func levelName(l logger.Level) (name, color string) {
	switch {
	case l >= logger.Critical:
		return "critical", redBold
	case l >= logger.Error:
		return "error", red
	case l >= logger.Warn:
		return "warn", yellow
	case l >= logger.Info:
		return "info", green
	}
	return "debug", dim
}

// says tells whether there is anything to write.
func says(e *logger.Event) bool {
	return e.Format != "" || len(e.Fields) > 0 || e.Failure != nil
}

func (o *Observer) appendText(b []byte, e *logger.Event) []byte {
	if !says(e) {
		return b
	}
	start := len(b)
	if o.config.TimeFormat != "-" && !e.Time.IsZero() {
		b = o.paint(b, dim)
		b = o.appendTime(b, e.Time)
		b = append(o.paint(b, reset), ' ')
	}
	name, color := levelName(e.Level)
	b = append(o.paint(b, color), name...)
	b = o.paint(b, reset)
	for i := len(name); i < len("error"); i++ {
		b = append(b, ' ')
	}
	b = append(b, ' ')
	if who := e.System; who != "" || e.Namespace != "" {
		if who == "" {
			who = e.Namespace
		}
		b = text.AppendSafe(o.paint(b, cyan), clip(who, 256))
		b = append(o.paint(b, reset), ':', ' ')
	}
	b = o.appendBody(b, e, start)
	return end(b, start)
}

func (o *Observer) appendClassic(b []byte, e *logger.Event) []byte {
	if !says(e) {
		return b
	}
	start := len(b)
	if o.config.TimeFormat == "-" || e.Time.IsZero() {
		b = append(b, '-')
	} else {
		b = o.appendTime(b, e.Time)
	}
	b = append(b, ' ', '[')
	switch {
	case e.System != "":
		b = text.AppendSafe(b, clip(e.System, 256))
	case e.Namespace != "":
		b = text.AppendSafe(b, clip(e.Namespace, 256))
		fallthrough
	default:
		if e.Namespace == "" {
			b = append(b, '-')
		}
		name, _ := levelName(e.Level)
		b = append(append(b, '#'), name...)
	}
	b = append(b, ']', ' ')
	b = o.appendBody(b, e, start)
	return end(b, start)
}

// appendBody appends the message, the fields that it does not show, the place, the failure and the stack.
func (o *Observer) appendBody(b []byte, e *logger.Event, start int) []byte {
	b = appendIndented(b, clip(text.Message(e), text.MaxEvent))
	for _, a := range e.Fields {
		if len(b)-start > text.MaxEvent {
			break
		}
		if !text.Named(e.Format, a.Key) {
			b = o.appendField(b, "", a, start)
		}
	}
	if o.config.AddSource && e.PC != 0 {
		b = o.appendKey(b, "source", start)
		b = text.AppendQuoted(b, place(e.PC))
	}
	if e.Failure != nil {
		failure := fmt.Sprint(e.Failure)
		if e.Stack == "" && !strings.Contains(failure, "\n") {
			b = o.appendKey(b, "error", start)
			return text.AppendQuoted(b, clip(failure, text.MaxEvent))
		}
		b = appendIndented(append(b, "\n\t"...), clip(failure, text.MaxEvent))
	}
	if e.Stack != "" {
		b = appendIndented(append(b, "\n\t"...), clip(e.Stack, text.MaxEvent))
	}
	return b
}

// appendIndented appends s with everything escaped but its ends of lines, which are followed by a tab, and the tabs that lines begin with.
func appendIndented(b []byte, s string) []byte {
	for i, line := range strings.Split(strings.TrimRight(s, "\n"), "\n") {
		if i > 0 {
			b = append(b, '\n', '\t')
			for strings.HasPrefix(line, "\t") {
				b, line = append(b, '\t'), line[1:]
			}
		}
		b = text.AppendSafe(b, line)
	}
	return b
}

// appendField appends key=value, and a field of a group as group.key=value.
func (o *Observer) appendField(b []byte, prefix string, a slog.Attr, start int) []byte {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, m := range v.Group() {
			if len(b)-start > text.MaxEvent {
				break
			}
			b = o.appendField(b, prefix, m, start)
		}
		return b
	}
	if a.Equal(slog.Attr{}) {
		return b
	}
	b = o.appendKey(b, clip(prefix, 1024)+clip(a.Key, 1024), start)
	return text.AppendQuoted(b, clip(string(text.AppendValue(nil, v)), text.MaxEvent))
}

func (o *Observer) appendKey(b []byte, key string, start int) []byte {
	if len(b) > start && b[len(b)-1] != ' ' {
		b = append(b, ' ')
	}
	b = text.AppendQuoted(o.paint(b, dim), key)
	return append(o.paint(b, reset), '=')
}

// paint appends the colour, if there are colours.
func (o *Observer) paint(b []byte, color string) []byte {
	if o.color {
		b = append(b, color...)
	}
	return b
}

func clip(s string, n int) string {
	s, _ = text.Clip(s, n)
	return s
}

// end closes the line that begins at start, cut to the bound.
func end(b []byte, start int) []byte {
	const tail = reset + "…\n"
	if len(b)-start >= text.MaxEvent {
		cut := clip(string(b[start:]), text.MaxEvent-len(tail))
		if i := strings.LastIndexByte(cut, '\x1b'); i >= 0 && !strings.Contains(cut[i:], "m") {
			cut = cut[:i] // half a colour
		}
		b = append(b[:start], cut...)
		if strings.Contains(cut, "\x1b") {
			b = append(b, reset...)
		}
		return append(b, "…\n"...)
	}
	return append(b, '\n')
}

// place returns the file, with its folder, and the line.
func place(pc uintptr) string {
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	dir, file := filepath.Split(f.File)
	return filepath.Join(filepath.Base(dir), file) + ":" + strconv.Itoa(f.Line)
}
