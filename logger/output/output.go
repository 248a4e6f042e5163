// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package output

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/async"
	"github.com/torsion-go/torsion/logger/console"
	"github.com/torsion-go/torsion/logger/slogadapter"
	"github.com/torsion-go/torsion/logger/zapadapter"
)

// An Output is what a program logs to, as a slog.Handler; Observer returns it as an observer. It is safe from any goroutine.
type Output struct {
	handler
	level    level
	sink     sink
	queue    *async.Writer // nil if not Async
	observer logger.Observer
	closed   atomic.Bool
}

// Open opens what the config tells.
func Open(config Config) (*Output, error) {
	o := &Output{}
	o.level.set(slog.LevelInfo)
	if config.Level != nil {
		o.level.set(config.Level)
	}
	f, err := config.format()
	if err != nil {
		return nil, err
	}
	if o.sink, err = config.open(); err != nil {
		return nil, err
	}
	if f == "" {
		f = "json"
		if s, ok := o.sink.(stream); ok && console.IsTerminal(s.Writer) {
			f = "text"
		}
	}
	if s, ok := o.sink.(stream); ok && config.Color == console.ColorAuto && console.WantsColor(s.Writer) {
		config.Color = console.ColorAlways // the queue is no terminal
	}
	var w io.Writer = o.sink
	if s, ok := o.sink.(stream); ok {
		w = s.Writer
	}
	if config.Async {
		queue := config.Queue
		queue.Lost = func(n uint64) []byte {
			var line bytes.Buffer
			observer, _ := o.front(&config, f, &line)
			observer.Observe(&logger.Event{Time: time.Now(), Level: logger.Warn, Namespace: "logger.async", Format: "{n} events lost", HasFormat: true,
				Fields: []slog.Attr{slog.Uint64("n", n)}})
			return line.Bytes()
		}
		o.queue = async.NewWriter(w, &queue)
		w = o.queue
	}
	observer, h := o.front(&config, f, w)
	o.handler = handler{h, o.queue}
	o.observer = gate{observer, &o.level, o.queue}
	return o, nil
}

// format checks the format.
func (c *Config) format() (string, error) {
	switch c.Format {
	case "", "text", "json", "logfmt", "classic":
		return c.Format, nil
	case "twisted":
		if c.Observer != nil {
			return c.Format, nil
		}
		return "", fmt.Errorf("output: the format %q needs Config.Observer", c.Format)
	}
	return "", fmt.Errorf("output: there is no format %q: formats are text, json, logfmt, classic and twisted", c.Format)
}

// front returns what writes the format to w.
func (o *Output) front(c *Config, format string, w io.Writer) (logger.Observer, slog.Handler) {
	if format == "json" {
		core, options := zapadapter.NewJSON(w, &o.level), &zapadapter.Options{AddSource: c.AddSource}
		return zapadapter.NewObserver(core, options), zapadapter.NewHandler(core, options)
	}
	if format == "twisted" {
		observer := c.Observer(w)
		return observer, slogadapter.New(observer, &slogadapter.Options{Level: &o.level})
	}
	forms := map[string]console.Format{"text": console.Text, "logfmt": console.Logfmt, "classic": console.Classic}
	observer := console.New(w, &console.Config{Format: forms[format], Color: c.Color, Level: &o.level, AddSource: c.AddSource})
	return observer, slogadapter.New(observer, nil)
}

// A level is a Leveler that can be exchanged for another.
type level struct{ p atomic.Pointer[slog.Leveler] }

func (l *level) set(to slog.Leveler) { l.p.Store(&to) }

// Level returns the level.
func (l *level) Level() slog.Level { return (*l.p.Load()).Level() }

// SetLevel changes the least level that is written, of all loggers made from the Output.
func (o *Output) SetLevel(to slog.Level) { o.level.set(to) }

// Level returns the least level that is written.
func (o *Output) Level() slog.Level { return o.level.Level() }

// Observer returns the Output as a logger.Observer, which is a logger.Enabler.
func (o *Output) Observer() logger.Observer { return o.observer }

// Reopen opens a file's path anew, after another program moved it away. It does nothing for a standard stream.
func (o *Output) Reopen() error { return o.sink.Reopen() }

// Rotate rotates a file. It does nothing for a standard stream.
func (o *Output) Rotate() error { return o.sink.Rotate() }

// Flush waits until what was logged before is in the file, or ctx ends. Without Async it is there already.
func (o *Output) Flush(ctx context.Context) error {
	if o.queue == nil {
		return nil
	}
	return o.queue.Flush(ctx)
}

// Dropped returns how many lines found no room in the queue.
func (o *Output) Dropped() uint64 {
	if o.queue == nil {
		return 0
	}
	return o.queue.Dropped()
}

// Close writes what is queued and closes a file; a standard stream stays open. A second call returns an error that matches net.ErrClosed.
func (o *Output) Close() error {
	if o.closed.Swap(true) {
		return fmt.Errorf("output: close: %w", net.ErrClosed)
	}
	var err error
	if o.queue != nil {
		err = o.queue.Close()
	}
	if closing := o.sink.Close(); err == nil {
		err = closing
	}
	return err
}
