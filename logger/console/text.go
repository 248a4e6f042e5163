// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package console

import (
	"bytes"

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

func color(l logger.Level) string {
	switch {
	case l >= logger.Critical:
		return redBold
	case l >= logger.Error:
		return red
	case l >= logger.Warn:
		return yellow
	case l >= logger.Info:
		return green
	}
	return dim
}

// appendText appends "TIME LEVEL SYSTEM: BODY", nothing for an event that says nothing.
func (o *Observer) appendText(b []byte, e *logger.Event) []byte {
	from := len(b)
	if o.style.Layout != "-" && !e.Time.IsZero() {
		b = o.style.AppendTime(o.paint(b, dim), e.Time)
		b = append(o.paint(b, reset), ' ')
	}
	name := e.Level.Name()
	b = append(o.paint(b, color(e.Level)), name...)
	b = o.paint(b, reset)
	for i := len(name); i <= len("error"); i++ {
		b = append(b, ' ')
	}
	if len(name) > len("error") {
		b = append(b, ' ')
	}
	who := e.System
	if who == "" {
		who = e.Namespace
	}
	if who != "" {
		b = text.AppendEscaped(o.paint(b, cyan), text.Clip(who, 256), "")
		b = append(o.paint(b, reset), ':', ' ')
	}
	head := len(b)
	if b = o.style.AppendBody(b, e); len(b) == head {
		return b[:from]
	}
	return b
}

// paint appends the colour, if there are colours.
func (o *Observer) paint(b []byte, color string) []byte {
	if o.color {
		b = append(b, color...)
	}
	return b
}

// end closes the line that begins at from, if there is one, cut to the bound.
func (o *Observer) end(b []byte, from int) []byte {
	if len(b) == from {
		return b
	}
	bound := text.Max - len(reset) - 1
	if !o.color || len(b)-from <= bound {
		return append(text.CutAt(b, from, text.Max-1), '\n')
	}
	b = text.CutAt(b, from, bound)
	if i := bytes.LastIndexByte(b[from:], '\x1b'); i >= 0 && len(b)-from-i < 16 { // half a colour
		b = b[:from+i]
	}
	return append(append(b, reset...), '\n')
}
