// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package console

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/format"
	"github.com/torsion-go/torsion/logger/internal/line"
	"github.com/torsion-go/torsion/logger/slogadapter"
)

// A Format is a form of lines.
type Format int

// The forms; the package's documentation shows them.
const (
	Text Format = iota
	Logfmt
	Classic
)

// A Color tells whether lines of the form Text are coloured.
type Color int

// ColorAuto decides by the writer and the environment.
const (
	ColorAuto Color = iota
	ColorAlways
	ColorNever
)

// Config configures an Observer. The zero Config is good.
type Config struct {
	// Format is the form of the lines. Zero is Text.
	Format Format
	// Color has the lines of Text coloured. Zero is ColorAuto.
	Color Color
	// Level is the least level that is written. Nil means every one.
	Level slog.Leveler
	// TimeFormat is a layout of package time; "-" writes no time, or "-" in Classic. "" means 15:04:05.000 for Text, RFC 3339 with fractions for Logfmt, and
	// 2006-01-02T15:04:05-0700 for Classic.
	TimeFormat string
	// UTC writes times in UTC. False means local time.
	UTC bool
	// AddSource writes the caller's file and line. False means not.
	AddSource bool
}

// An Observer writes events as lines. It is safe from any goroutine.
type Observer struct {
	config Config
	style  line.Style
	color  bool
	errors atomic.Uint64

	mu sync.Mutex // guards w
	w  io.Writer
}

var _ logger.Enabler = (*Observer)(nil)

// New returns an Observer that writes to w. A nil config means the zero Config.
func New(w io.Writer, config *Config) *Observer {
	o := &Observer{w: w}
	if config != nil {
		o.config = *config
	}
	o.style = line.Style{Layout: o.config.TimeFormat, Fields: true, Source: o.config.AddSource, Newline: "\n\t"}
	if o.style.Layout == "" {
		o.style.Layout = [...]string{Text: "15:04:05.000", Logfmt: time.RFC3339Nano, Classic: format.RFC3339}[o.config.Format]
	}
	if o.config.UTC {
		o.style.Location = time.UTC
	}
	switch o.config.Color {
	case ColorAlways:
		o.color = true
	case ColorAuto:
		o.color = WantsColor(w)
	}
	if o.color = o.color && o.config.Format == Text; o.color {
		o.style.Key, o.style.AfterKey = dim, reset
	}
	return o
}

// NewHandler returns a slog.Handler that writes to w.
func NewHandler(w io.Writer, config *Config) slog.Handler {
	return slogadapter.New(New(w, config), nil)
}

// Enabled tells whether the level is written.
func (o *Observer) Enabled(_ string, level logger.Level) bool {
	return o.config.Level == nil || slog.Level(level) >= o.config.Level.Level()
}

// UsesSource tells whether the source is written.
func (o *Observer) UsesSource() bool { return o.config.AddSource }

// Observe writes the event. An error of the writer is counted.
func (o *Observer) Observe(e *logger.Event) {
	if !o.Enabled(e.Namespace, e.Level) {
		return
	}
	b := buffers.Get().(*[]byte)
	*b = o.Append((*b)[:0], e)
	if len(*b) > 0 {
		o.write(*b)
	}
	if cap(*b) <= maxKept {
		buffers.Put(b)
	}
}

// maxKept bounds the buffers that are kept, in octets.
const maxKept = 16 << 10

var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (o *Observer) write(line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock() // the writer may panic
	if _, err := o.w.Write(line); err != nil {
		o.errors.Add(1)
	}
}

// Append appends the event's line to b, or nothing if the event says nothing.
func (o *Observer) Append(b []byte, e *logger.Event) []byte {
	from := len(b)
	switch o.config.Format {
	case Logfmt:
		b = o.style.AppendLogfmt(b, e)
	case Classic:
		b = o.style.AppendClassic(b, e)
	default:
		b = o.appendText(b, e)
	}
	return o.end(b, from)
}

// Errors returns how many lines could not be written.
func (o *Observer) Errors() uint64 { return o.errors.Load() }
